/**
 * File names are bytes. Inside the build room a path is a string of one character a byte (latin1), as tar-reader gives
 * them, so that no name is lost; text of a Dockerfile comes in and messages go out through these functions.
 */
export function toBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** For people and for patterns: the bytes read as UTF-8. */
export function toText(path: string): string {
  return Buffer.from(path, "latin1").toString("utf8");
}

/** For calls of the file system. */
export function onDisk(path: string): Buffer {
  return Buffer.from(path, "latin1");
}

/** The parts of a path; empty parts and `.` are gone, `..` are kept. */
export function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** The last part; empty for the root. */
export function baseName(path: string): string {
  return partsOf(path).at(-1) ?? "";
}
