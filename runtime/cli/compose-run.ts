import type { AttachedStream } from "../api/engine-client.ts";
import { ComposeError } from "../compose/compose-error.ts";
import { prepareRun, runAttached } from "../compose/run.ts";
import { chooseServices } from "../compose/session.ts";
import { parsePortText } from "../model/compose/ports.ts";
import { splitShellWords } from "../model/compose/shell-words.ts";
import type { PublishedPort, Service } from "../model/compose/types.ts";
import { list, onOff, text } from "./command-line.ts";
import type { ParsedArguments } from "./compose-arguments.ts";
import { assignments, type ComposeCommand, type ComposeContext } from "./compose-command.ts";
import { interact } from "./interactive.ts";

export const runCommand: ComposeCommand = {
  name: "run",
  usage: "run [OPTIONS] SERVICE [COMMAND...]",
  summary: "Run a one-off container of a service; without -d in this terminal, exiting with its code",
  stopAtPositional: true,
  examples: [["compose run --rm web sh", "A shell in a container of the service"]],
  flags: {
    detach: onOff("Run in the background", "d"),
    rm: onOff("Remove the container when it exits"),
    "no-deps": onOff("Leave services that these depend on alone"),
    build: onOff("Build images first"),
    "service-ports": onOff("Publish the service's ports", "P"),
    publish: list("PORT", "Publish a port: [[IP:]HOST:]CONTAINER[/PROTOCOL]", "p"),
    env: list("NAME[=VALUE]", "Set an environment variable", "e"),
    name: text("NAME", "Name of the container"),
    user: text("USER", "User or UID, and group", "u"),
    workdir: text("DIRECTORY", "Working directory inside the container", "w"),
    entrypoint: text("COMMAND", "Overwrite the image's entrypoint"),
    "no-TTY": onOff("No terminal", "T"),
    interactive: onOff("Keep standard input open (it is)", "i"),
  },
  run: async (context, parsed) => {
    const { session, dryRun, stdout, signal } = context;
    if (dryRun) throw new ComposeError("compose run has no dry run");
    const [name, ...command] = parsed.positionals;
    if (name === undefined) throw new ComposeError("compose run: which service?");
    const services = chooseServices(session, [name], !parsed.has("no-deps"));
    const service = services.find((candidate) => candidate.name === name)!;
    const dependencies = services.filter((candidate) => candidate !== service);
    const container = await prepareRun(
      session,
      {
        service: inTerminal(service, parsed, context),
        dependencies,
        command,
        entrypoint: entrypointOf(parsed),
        environment: assignments(parsed.values("env"), session.environment),
        name: parsed.value("name"),
        user: parsed.value("user"),
        workingDir: parsed.value("workdir"),
        remove: parsed.has("rm"),
        servicePorts: parsed.has("service-ports"),
        publish: publishedPorts(service, parsed.values("publish")),
        build: parsed.has("build"),
        takesInput: context.streams !== undefined && !parsed.has("detach"),
      },
      signal,
    );
    if (parsed.has("detach")) {
      await session.client.containers.start(container.id, signal);
      stdout(`${container.id}\n`);
      return 0;
    }
    const carry = (attached: AttachedStream) => carryStreams(attached, container.id, context);
    return await runAttached(session, container, { stdin: context.streams !== undefined, carry }, signal);
  },
};

/** With streams of ours both ways; otherwise output as text. */
async function carryStreams(
  attached: AttachedStream,
  id: string,
  { session, streams, stdout, stderr, signal }: ComposeContext,
): Promise<"ended" | "detached"> {
  if (streams === undefined) {
    const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
    for await (const { stream, data } of attached.frames)
      (stream === 1 ? stdout : stderr)(decoders[stream].decode(data, { stream: true }));
    return "ended";
  }
  const resize = (size: { readonly height: number; readonly width: number }) =>
    session.client.containers.resize(id, size, signal);
  return await interact({ stream: attached, sendsInput: true, resize }, streams);
}

/** Attached, this terminal decides, and `-T`; detached, the file. */
function inTerminal(service: Service, parsed: ParsedArguments, { streams }: ComposeContext): Service {
  if (parsed.has("detach") && !parsed.has("no-TTY")) return service;
  const isTerminal = [streams?.stdin, streams?.stdout].every(
    (stream) => stream !== undefined && "isTTY" in stream && stream.isTTY === true,
  );
  const tty = isTerminal && !parsed.has("no-TTY") && !parsed.has("detach");
  return { ...service, tty, stdinOpen: streams !== undefined && !parsed.has("detach") };
}

function entrypointOf(parsed: ParsedArguments): readonly string[] | undefined {
  const text = parsed.value("entrypoint");
  if (text === undefined) return undefined;
  const words = splitShellWords(text);
  if (words === undefined) throw new ComposeError("--entrypoint: a quote is not closed");
  return words;
}

function publishedPorts(service: Service, texts: readonly string[]): readonly PublishedPort[] {
  return texts.flatMap((text) => {
    const ports = parsePortText(text);
    if (typeof ports === "string") throw new ComposeError(`--publish: ${ports}`);
    return ports.map((port) => ({ ...port, place: service.place }));
  });
}
