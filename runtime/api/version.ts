/** The newest Engine API version that this code speaks, as client and as server. */
export const newestVersion = "1.50";

/** The oldest version that our engine serves. */
export const oldestVersion = "1.24";

/** Less than, equal to or greater than 0 as `left` is older than, the same as or newer than `right` (`1.9` < `1.50`). */
export function compareVersions(left: string, right: string): number {
  const [leftMajor = 0, leftMinor = 0] = left.split(".").map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split(".").map(Number);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}

/** The older of the two. */
export function minVersion(left: string, right: string): string {
  return compareVersions(left, right) <= 0 ? left : right;
}
