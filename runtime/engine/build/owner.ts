import { readFile, stat } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { onDisk } from "./byte-path.ts";
import { resolveInRoot } from "./in-root.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const rootOwner: Owner = { uid: 0, gid: 0 };

const maxFileBytes = 4 << 20;

/**
 * Who `--chown=USER[:GROUP]` means in a root. A user without group brings the primary group, a bare number the group of
 * that number. Throws `invalid-argument` for names that the root's passwd or group does not have.
 */
export async function resolveOwner(root: string, spec: string): Promise<Owner> {
  const [user = "", group] = spec.split(":", 2);
  const isNumber = /^\d{1,9}$/;
  let uid = isNumber.test(user) ? Number(user) : undefined;
  let gid = uid;
  if (uid === undefined) {
    const fields = (await readTable(root, "etc/passwd")).find(([name]) => name === user);
    if (fields === undefined) {
      throw new EngineError("invalid-argument", `can't find uid for user ${user}: no such user: ${user}`);
    }
    uid = Number(fields[2]);
    gid = Number(fields[3]);
  }
  if (group !== undefined && isNumber.test(group)) gid = Number(group);
  else if (group !== undefined) {
    const fields = (await readTable(root, "etc/group")).find(([name]) => name === group);
    if (fields === undefined) {
      throw new EngineError("invalid-argument", `can't find gid for group ${group}: no such group: ${group}`);
    }
    gid = Number(fields[2]);
  }
  return { uid, gid: gid ?? uid };
}

async function readTable(root: string, path: string): Promise<string[][]> {
  const place = await resolveInRoot(root, path);
  if (place.kind !== "file" || (await stat(onDisk(place.hostPath))).size > maxFileBytes) return [];
  const text = await readFile(onDisk(place.hostPath), "utf8");
  return text.split("\n").map((line) => line.split(":"));
}
