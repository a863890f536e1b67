import type { BuildEvent, LayerChange } from "../api/types/build.ts";
import type { ProgressMessage } from "../api/types/image.ts";
import type { CommandContext } from "./command.ts";
import { UsageError } from "./command-line.ts";
import { runCommand } from "./commands/run.ts";
import { showProgress } from "./progress.ts";
import { printSize } from "./units.ts";
import { write } from "./write.ts";

/** Where to stop, as `BuildOptions` has it. */
type Stop = { readonly stopAfter: number } | { readonly stopBefore: number };

/** Builds as far as that, and tells of it. */
export type BuildUpTo = (
  stop: Stop & { readonly changes?: boolean },
) => Promise<AsyncIterable<ProgressMessage>>;

/**
 * `--shell-at LINE`: a shell in the files, environment, directory and user that the instruction at the line leaves, or,
 * when it is a RUN that fails, in those that it found. Gives the shell's exit code; the image is removed again.
 */
export async function shellAt(line: number, build: BuildUpTo, context: CommandContext): Promise<number> {
  const image = await imageAt(line, build, context);
  const { Config } = await context.client.images.inspect(image, context.signal);
  const shell = Config?.Shell?.[0] ?? "/bin/sh";
  const isTerminal = "isTTY" in context.stdin && context.stdin.isTTY === true;
  try {
    return await runCommand.run(
      [isTerminal ? "-it" : "-i", "--rm", "--entrypoint", shell, image],
      "berth run",
      context,
    );
  } finally {
    await context.client.images.remove(image, { force: false, noPrune: false }, AbortSignal.timeout(10_000));
  }
}

async function imageAt(line: number, build: BuildUpTo, context: CommandContext): Promise<string> {
  const { stderr, signal } = context;
  try {
    return named(await showProgress(await build({ stopAfter: line }), stderr, signal));
  } catch (error) {
    if (!isFailedRun(error)) throw error;
    // An earlier instruction that fails does so again, and then that is the answer.
    const image = named(await showProgress(await build({ stopBefore: line }), stderr, signal));
    await write(stderr, `${error.message}\nThe shell is in the state before line ${line}.\n`, signal);
    return image;
  }
}

/** Did a command of the build fail? */
function isFailedRun(error: unknown): error is Error {
  return error instanceof Error && /:\d+: RUN .* returned a non-zero code: \d+$/s.test(error.message);
}

function named(image: string | undefined): string {
  if (image === undefined) throw new Error("the engine built no image");
  return image;
}

/** `--diff-at LINE`: what the instruction at the line added, changed and removed. */
export async function diffAt(line: number, build: BuildUpTo, context: CommandContext): Promise<void> {
  const { client, stdout, signal } = context;
  let changes: readonly LayerChange[] | undefined;
  let image: string | undefined;
  for await (const message of await build({ stopAfter: line, changes: true })) {
    const event: BuildEvent | undefined = message.build;
    if (event?.type === "changes") changes = event.files;
    if (event?.type === "image") image = event.id;
  }
  if (image !== undefined) await client.images.remove(image, { force: false, noPrune: false }, signal);
  if (changes === undefined) throw new UsageError("this engine does not tell what an instruction changed");
  const letters = { added: "A", changed: "C", removed: "D" } as const;
  for (const { path, kind, sizeBytes } of changes) {
    const size = path.endsWith("/") || kind === "removed" ? "" : printSize(sizeBytes);
    await write(stdout, `${letters[kind]} ${size.padStart(9)} ${path}\n`, signal);
  }
}
