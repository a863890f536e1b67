/** An absolute path as seen from `base`; `~` is `home`. Pure: nothing is looked up. */
export function resolvePath(base: string, path: string, home: string | undefined): string {
  const expanded =
    home !== undefined && (path === "~" || path.startsWith("~/")) ? home + path.slice(1) : path;
  return normalizePath(expanded.startsWith("/") ? expanded : `${base}/${expanded}`);
}

/** The directory that holds the path. */
export function directoryOf(path: string): string {
  return normalizePath(`${path}/..`);
}

/** Without `.`, `..` and double slashes; a trailing slash goes. */
export function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Whether a build context is fetched by the engine instead of sent from a directory. Source: docker build, "Build context". */
export function isRemoteContext(context: string): boolean {
  return /^(https?:\/\/|git:\/\/|ssh:\/\/|git@|github\.com\/)/.test(context);
}
