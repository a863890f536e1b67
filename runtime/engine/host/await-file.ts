import { watch } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The text of a file as soon as it is there and not empty. Its writer renames it into place. Throws on abort. */
export async function awaitFile(directory: string, name: string, signal: AbortSignal): Promise<string> {
  return await awaitIn(
    directory,
    async () => {
      const text = await readFile(join(directory, name), "utf8");
      return text === "" ? undefined : text;
    },
    signal,
  );
}

/** Waits until there is a file of this name. Throws on abort. */
export async function awaitPresent(directory: string, name: string, signal: AbortSignal): Promise<void> {
  await awaitIn(directory, () => access(join(directory, name)).then(() => true), signal);
}

/** What `look` finds; it is asked again with every change of the directory as long as that is nothing. */
async function awaitIn<T>(
  directory: string,
  look: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const found = Promise.withResolvers<T>();
  const tryOnce = () => {
    look().then(
      (value) => {
        if (value !== undefined) found.resolve(value);
      },
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") found.reject(error);
      },
    );
  };
  const watcher = watch(directory, tryOnce);
  watcher.on("error", found.reject);
  const onAbort = () => found.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  tryOnce();
  try {
    return await found.promise;
  } finally {
    watcher.close();
    signal.removeEventListener("abort", onAbort);
  }
}
