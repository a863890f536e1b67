import { EngineError } from "../error.ts";
import type { OciUser } from "./oci-spec.ts";

/** Highest id taken: above 2^31 - 1 kernels and tools disagree on the sign (CVE-2024-40635). */
const maxId = 2 ** 31 - 1;

/** passwd(5) and group(5) as found in the root; undefined when there are none. */
export interface AccountFiles {
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}

/**
 * `user`, `uid`, `user:group`, `uid:gid` …; "" is root. Supplementary groups are those of the user in group(5), the own
 * group first (CVE-2022-36109), and `groupAdd`. Throws `invalid-argument` for who is not there.
 */
export function resolveUser(text: string, files: AccountFiles, groupAdd: readonly string[]): OciUser {
  const [userText = "", groupText] = splitOnce(text);
  const accounts = rows(files.passwd);
  const groups = rows(files.group);
  const uid = userText === "" ? 0 : parseId(userText);
  // A name that is all digits is an account's name first, as in Docker.
  const account =
    accounts.find((row) => userText !== "" && row[0] === userText) ??
    (uid === undefined ? undefined : accounts.find((row) => row[2] === String(uid)));
  const accountUid = account === undefined ? undefined : parseId(account[2]);
  const finalUid = accountUid ?? uid;
  if (finalUid === undefined) {
    throw new EngineError(
      "invalid-argument",
      `unable to find user ${userText}: no matching entries in passwd file`,
    );
  }
  const gid =
    groupText === undefined || groupText === "" ? (parseId(account?.[3]) ?? 0) : findGroup(groupText, groups);
  const name = account?.[0];
  // A group named explicitly stands alone.
  const memberOf =
    name === undefined || groupText !== undefined
      ? []
      : groups.filter((row) => (row[3] ?? "").split(",").includes(name)).map((row) => parseId(row[2]));
  const additional = [gid, ...memberOf, ...groupAdd.map((group) => findGroup(group, groups))];
  return {
    uid: finalUid,
    gid,
    additionalGids: [...new Set(additional.filter((id) => id !== undefined))].slice(0, 1024),
  };
}

function findGroup(text: string, groups: readonly (readonly string[])[]): number {
  const row = groups.find((entry) => entry[0] === text);
  const gid = parseId(row?.[2]) ?? parseId(text);
  if (gid === undefined) {
    throw new EngineError(
      "invalid-argument",
      `unable to find group ${text}: no matching entries in group file`,
    );
  }
  return gid;
}

function splitOnce(text: string): [string, string | undefined] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Undefined for text that is no number; throws for one out of range. */
function parseId(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]+$/.test(text)) return undefined;
  const id = Number(text);
  if (id > maxId)
    throw new EngineError("invalid-argument", `uids and gids must be in range 0-${maxId}: ${text}`);
  return id;
}

function rows(text: string | undefined): readonly (readonly string[])[] {
  return (text ?? "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}
