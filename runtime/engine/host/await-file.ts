import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The text of a file as soon as it is there and not empty. Its writer renames it into place. Throws on abort. */
export async function awaitFile(directory: string, name: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const found = Promise.withResolvers<string>();
  const look = () => {
    readFile(join(directory, name), "utf8").then(
      (text) => {
        if (text !== "") found.resolve(text);
      },
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") found.reject(error);
      },
    );
  };
  const watcher = watch(directory, look);
  watcher.on("error", found.reject);
  const onAbort = () => found.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  look();
  try {
    return await found.promise;
  } finally {
    watcher.close();
    signal.removeEventListener("abort", onAbort);
  }
}
