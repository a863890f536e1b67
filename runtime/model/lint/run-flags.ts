/** What the flags of RUN may say. Source: Dockerfile reference, "RUN". */
export const NETWORKS: readonly string[] = ["default", "none", "host"];
export const SECURITIES: readonly string[] = ["sandbox", "insecure"];
export const MOUNT_TYPES: readonly string[] = ["bind", "cache", "tmpfs", "secret", "ssh"];

const TARGET = ["type", "target", "dst", "destination"];
const OWNER = ["mode", "uid", "gid"];

/** The options of each type of mount. */
export const MOUNT_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["bind", [...TARGET, "source", "src", "from", "rw", "readwrite", "ro", "readonly"]],
  [
    "cache",
    [...TARGET, "id", "ro", "readonly", "rw", "readwrite", "sharing", "from", "source", "src", ...OWNER],
  ],
  ["tmpfs", [...TARGET, "size"]],
  ["secret", [...TARGET, "id", "env", "required", "source", "src", ...OWNER]],
  ["ssh", [...TARGET, "id", "required", ...OWNER]],
]);
