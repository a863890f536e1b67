import { ComposeError } from "../compose/compose-error.ts";
import { prepareRun, runAttached } from "../compose/run.ts";
import { chooseServices } from "../compose/session.ts";
import { parsePortText } from "../model/compose/ports.ts";
import { splitShellWords } from "../model/compose/shell-words.ts";
import type { PublishedPort, Service } from "../model/compose/types.ts";
import type { ParsedArguments } from "./compose-arguments.ts";
import { assignments, type ComposeCommand } from "./compose-command.ts";

export const runCommand: ComposeCommand = {
  name: "run",
  usage: "run [-d] [--rm] [--no-deps] [-e NAME=VALUE]… [-p PORT]… [--service-ports] SERVICE [COMMAND…]",
  summary: "Run a one-off container of a service; without -d print its output and exit with its code",
  stopAtPositional: true,
  options: [
    { name: "detach", short: "d", takes: "nothing" },
    { name: "rm", takes: "nothing" },
    { name: "no-deps", takes: "nothing" },
    { name: "build", takes: "nothing" },
    { name: "service-ports", short: "P", takes: "nothing" },
    { name: "publish", short: "p", takes: "values" },
    { name: "env", short: "e", takes: "values" },
    { name: "name", takes: "value" },
    { name: "user", short: "u", takes: "value" },
    { name: "workdir", short: "w", takes: "value" },
    { name: "entrypoint", takes: "value" },
    { name: "no-TTY", short: "T", takes: "nothing" },
  ],
  run: async ({ session, dryRun, stdout, stderr, signal }, parsed) => {
    if (dryRun) throw new ComposeError("compose run has no dry run");
    const [name, ...command] = parsed.positionals;
    if (name === undefined) throw new ComposeError("compose run: which service?");
    const services = chooseServices(session, [name], !parsed.has("no-deps"));
    const service = services.find((candidate) => candidate.name === name)!;
    const dependencies = services.filter((candidate) => candidate !== service);
    const container = await prepareRun(
      session,
      {
        service: withoutTerminal(service, parsed),
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
      },
      signal,
    );
    if (parsed.has("detach")) {
      await session.client.containers.start(container.id, signal);
      stdout(`${container.id}\n`);
      return 0;
    }
    const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
    return await runAttached(
      session,
      container,
      ({ stream, data }) => (stream === 1 ? stdout : stderr)(decoders[stream].decode(data, { stream: true })),
      signal,
    );
  },
};

/** Attached, there is no terminal to give yet: output comes through as two streams. Detached, the file decides. */
function withoutTerminal(service: Service, parsed: ParsedArguments): Service {
  return parsed.has("detach") && !parsed.has("no-TTY")
    ? service
    : { ...service, tty: false, stdinOpen: false };
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
