import { startProgram } from "../host/run.ts";
import { keptXattrs } from "./unpack.ts";

export interface PackOptions {
  /** What of the directory is packed, relative to it. */
  readonly name: string;
  /** `none`: archives of the same files are the same, whenever those were written. */
  readonly times: "kept" | "none";
}

/** A directory's files as a tar archive with names relative to it. */
export async function* packTree(
  directory: string,
  signal: AbortSignal,
  { name, times }: PackOptions = { name: ".", times: "kept" },
): AsyncGenerator<Buffer, void, void> {
  const tar = startProgram(
    {
      argv: [
        "tar",
        ...["-c", "-f", "-", "-C", directory, "--format=posix", "--sort=name", "--numeric-owner"],
        ...["--one-file-system", "--transform=flags=rh;s,^\\./,,", "--pax-option=delete=atime,delete=ctime"],
        ...(times === "none" ? ["--mtime=@0", "--pax-option=exthdr.name=%d/PaxHeaders/%f"] : []),
        ...[...keptXattrs, "--", name],
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
