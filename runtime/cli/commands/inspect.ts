import { ApiError } from "../../api/api-error.ts";
import { type Command, type CommandContext, command, errorText } from "../command.ts";
import { text } from "../command-line.ts";
import { compileTemplate } from "../template/template.ts";

/** `inspect`: a container, image, volume or network, whichever has the name. */
export const inspectCommand: Command = command({
  name: "inspect",
  summary: "Show what the engine knows about containers, images, volumes or networks",
  usage: "[OPTIONS] OBJECT [OBJECT...]",
  examples: [
    ["inspect -f '{{.State.Status}}' web", "One field of a container"],
    ["inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' web", "Its addresses"],
    ["inspect -f '{{json .Config.Env}}' --type image web", "As JSON"],
  ],
  flags: {
    format: text("TEMPLATE", "Print each with a Go template", "f"),
    type: text("TYPE", "Only look among container, image, volume or network"),
  },
  words: [1, Number.POSITIVE_INFINITY],
  run: (flags, names, context) =>
    inspectAll(names, flags.format, context, (name) => inspectAny(name, flags.type, context)),
});

async function inspectAny(name: string, type: string | undefined, { client, signal }: CommandContext) {
  const kinds = {
    container: client.containers,
    image: client.images,
    volume: client.volumes,
    network: client.networks,
  };
  for (const [kind, calls] of Object.entries(kinds)) {
    if (type !== undefined && type !== kind) continue;
    try {
      return await calls.inspect(name, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }
  throw new Error(`Error: No such ${type ?? "object"}: ${name}`);
}

/** `container inspect` and `image inspect`. */
export function inspectOf(
  kind: "container" | "image",
  calls: (context: CommandContext) => {
    readonly inspect: (name: string, signal: AbortSignal) => Promise<unknown>;
  },
): Command {
  return command({
    name: "inspect",
    summary: `Show what the engine knows about ${kind}s`,
    usage: `[OPTIONS] ${kind.toUpperCase()} [${kind.toUpperCase()}...]`,
    flags: { format: text("TEMPLATE", "Print each with a Go template", "f") },
    words: [1, Number.POSITIVE_INFINITY],
    run: (flags, names, context) =>
      inspectAll(names, flags.format, context, (name) => calls(context).inspect(name, context.signal)),
  });
}

/** Prints what `inspect` gives for each name as one list, or each with a template. */
export async function inspectAll(
  names: readonly string[],
  format: string | undefined,
  context: CommandContext,
  inspect: (name: string) => Promise<unknown>,
): Promise<number> {
  const print = format === undefined ? undefined : compileTemplate(format);
  const found: unknown[] = [];
  const problems: string[] = [];
  for (const name of names) {
    try {
      found.push(await inspect(name));
    } catch (error) {
      if (context.signal.aborted) throw error;
      problems.push(errorText(error));
    }
  }
  const output =
    print === undefined
      ? `${JSON.stringify(found, null, 4)}\n`
      : found.map((each) => `${print(each)}\n`).join("");
  context.stdout.write(output);
  for (const problem of problems) context.stderr.write(`${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}
