import { cleanPath } from "../../model/dockerfile/dockerignore.ts";

/** `WORKDIR path` below the one before; absolute and clean. */
export function nextWorkdir(before: string | undefined, path: string): string {
  return cleanPath(
    path.startsWith("/") ? path : `${before === undefined || before === "" ? "/" : before}/${path}`,
  );
}

/** Where COPY puts things: absolute and clean; a trailing slash (for `.` and `dir/`) means a directory. */
export function copyDestination(workdir: string | undefined, path: string): string {
  const isDirectory = /(^|\/)\.{0,2}$/.test(path);
  const clean = nextWorkdir(workdir, path);
  return isDirectory && clean !== "/" ? `${clean}/` : clean;
}
