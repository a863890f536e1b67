import { startProgram } from "../host/run.ts";
import { keptXattrs } from "./unpack.ts";

/** A directory's files as a tar archive with names relative to it. */
export async function* packTree(directory: string, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
  const tar = startProgram(
    {
      argv: [
        "tar",
        ...["-c", "-f", "-", "-C", directory, "--format=posix", "--sort=name", "--numeric-owner"],
        ...["--one-file-system", "--transform=flags=rh;s,^\\./,,", "--pax-option=delete=atime,delete=ctime"],
        ...[...keptXattrs, "."],
      ],
      stdin: "none",
    },
    signal,
  );
  try {
    for await (const chunk of tar.stdout as AsyncIterable<Buffer>) yield chunk;
    await tar.succeeded();
  } finally {
    tar.kill("SIGKILL");
    await tar.exited;
  }
}
