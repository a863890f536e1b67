import { compareVersions, newestVersion, oldestVersion } from "../../api/version.ts";
import { EngineError } from "../error.ts";

/** Takes `/v1.41` off a path; a path without it means the newest. Throws `invalid-argument` in Docker's words. */
export function splitVersion(pathname: string): { readonly version: string; readonly path: string } {
  const found = /^\/v(\d{1,3}\.\d{1,3})(\/.*)$/.exec(pathname);
  if (found === null) return { version: newestVersion, path: pathname };
  const [, version = newestVersion, path = "/"] = found;
  if (compareVersions(version, oldestVersion) < 0) {
    throw new EngineError(
      "invalid-argument",
      `client version ${version} is too old. Minimum supported API version is ${oldestVersion}, ` +
        "please upgrade your client to a newer version",
    );
  }
  if (compareVersions(version, newestVersion) > 0) {
    throw new EngineError(
      "invalid-argument",
      `client version ${version} is too new. Maximum supported API version is ${newestVersion}`,
    );
  }
  return { version, path };
}
