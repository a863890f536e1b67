import type { ContainerSummary, Port } from "../../api/types/container.ts";
import { type Command, command, forEachName } from "../command.ts";
import { number, onOff, text, UsageError } from "../command-line.ts";
import { filterFlag, parseFilters } from "../filter-flag.ts";
import { interact } from "../interactive.ts";
import { forwardSignals } from "../signals.ts";
import { printTable } from "../table.ts";
import { compileTemplate } from "../template.ts";
import { printAge, printSize, shortId } from "../units.ts";
import { writeFrames } from "../write.ts";

const many = [1, Number.POSITIVE_INFINITY] as const;
const containers = "CONTAINER [CONTAINER...]";

const ps = command({
  name: "ps",
  summary: "List containers",
  usage: "[OPTIONS]",
  flags: {
    all: onOff("Show all containers, not only running ones", "a"),
    filter: filterFlag,
    format: text("TEMPLATE", "Print each with a template"),
    last: number("N", "Show the N containers created last", "n"),
    latest: onOff("Show the container created last", "l"),
    "no-trunc": onOff("Do not shorten"),
    quiet: onOff("Only print ids", "q"),
    size: onOff("Show sizes", "s"),
  },
  words: [0, 0],
  run: async (flags, _words, { client, signal, stdout }) => {
    const limit = flags.latest ? 1 : flags.last;
    const filters = parseFilters(flags.filter);
    const list = await client.containers.list({ all: flags.all, limit, size: flags.size, filters }, signal);
    const id = (row: ContainerSummary) => (flags["no-trunc"] ? row.Id : shortId(row.Id));
    if (flags.quiet) {
      stdout.write(list.map((row) => `${id(row)}\n`).join(""));
      return;
    }
    const rows = list.map((row) => psRow(row, id(row), flags["no-trunc"]));
    if (flags.format !== undefined && !flags.format.startsWith("table")) {
      const print = compileTemplate(flags.format);
      stdout.write(rows.map((row) => `${print(row)}\n`).join(""));
      return;
    }
    const header = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];
    const cells = rows.map((row) => [
      row.ID,
      row.Image,
      row.Command,
      row.RunningFor,
      row.Status,
      row.Ports,
      row.Names,
      ...(flags.size ? [row.Size] : []),
    ]);
    stdout.write(printTable(flags.size ? [...header, "SIZE"] : header, cells));
  },
});

/** The names are those that templates of the docker command use. */
function psRow(row: ContainerSummary, id: string, whole: boolean) {
  const line = row.Command.length > 20 && !whole ? `${row.Command.slice(0, 19)}…` : row.Command;
  return {
    ID: id,
    Image: row.Image,
    Command: JSON.stringify(line),
    CreatedAt: new Date(row.Created * 1000).toISOString(),
    RunningFor: printAge(row.Created, Date.now()),
    Status: row.Status,
    State: row.State,
    Ports: printPorts(row.Ports),
    Names: row.Names.map((name) => name.replace(/^\//, "")).join(","),
    Labels: Object.entries(row.Labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
    Networks: Object.keys(row.NetworkSettings?.Networks ?? {}).join(","),
    Mounts: (row.Mounts ?? []).map((mount) => mount.Name ?? mount.Source).join(","),
    Size: `${printSize(row.SizeRw ?? 0)} (virtual ${printSize(row.SizeRootFs ?? 0)})`,
  };
}

function printPorts(ports: readonly Port[] | null): string {
  return (ports ?? [])
    .map(({ IP, PrivatePort, PublicPort, Type }) => {
      if (PublicPort === undefined) return `${PrivatePort}/${Type}`;
      const host = IP?.includes(":") ? `[${IP}]` : IP;
      return `${host}:${PublicPort}->${PrivatePort}/${Type}`;
    })
    .sort()
    .join(", ");
}

const logs = command({
  name: "logs",
  summary: "Fetch the logs of a container",
  usage: "[OPTIONS] CONTAINER",
  flags: {
    follow: onOff("Go on with what comes", "f"),
    since: text("TIME", "Only what was written since (a time, or 10m)"),
    tail: text("N", "Lines from the end (default all)", "n"),
    timestamps: onOff("Show when each line was written", "t"),
    until: text("TIME", "Only what was written until (a time, or 10m)"),
  },
  words: [1, 1],
  run: async ({ follow, since, until, tail, timestamps }, [name = ""], context) => {
    if (tail !== undefined && tail !== "all" && !/^\d+$/.test(tail)) {
      throw new UsageError(`invalid argument "${tail}" for -n, --tail: must be a number or "all"`);
    }
    const options = {
      follow,
      timestamps,
      since: time(since),
      until: time(until),
      tail: tail === undefined || tail === "all" ? undefined : Number(tail),
    };
    const frames = context.client.containers.logs(name, options, context.signal);
    await writeFrames(frames, context, context.signal);
  },
});

/** Unix seconds of a time as people write it. Throws `UsageError`. */
export function time(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const [, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(value) ?? [];
  const ago = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (ago > 0) return Date.now() / 1000 - ago;
  const parsed = Date.parse(value);
  if (Number.isNaN(parsed)) throw new UsageError(`"${value}" is no point in time`);
  return parsed / 1000;
}

const attach = command({
  name: "attach",
  summary: "Attach to a running container",
  usage: "[OPTIONS] CONTAINER",
  flags: {
    "no-stdin": onOff("Do not attach standard input"),
    "detach-keys": text("KEYS", "Keys that leave"),
  },
  words: [1, 1],
  run: async (flags, [name = ""], context) => {
    const { client, signal, stderr } = context;
    const { Config, State } = await client.containers.inspect(name, signal);
    if (!State.Running) throw new Error("cannot attach to a stopped container, start it first");
    const sendsInput = !flags["no-stdin"] && Config.OpenStdin === true;
    const detachKeys = flags["detach-keys"];
    const { exit } = await client.containers.beginWait(name, "not-running", signal);
    const stream = await client.containers.attach(
      name,
      { stdin: sendsInput, stdout: true, stderr: true, stream: true, detachKeys },
      signal,
    );
    using _signals = stream.tty
      ? undefined
      : forwardSignals((each) => client.containers.kill(name, each, signal));
    const resize = (size: { readonly height: number; readonly width: number }) =>
      client.containers.resize(name, size, signal);
    const end = await interact({ stream, sendsInput, detachKeys, resize }, context);
    if (end === "ended") return (await exit).StatusCode;
    stderr.write("read escape sequence\n");
    return 0;
  },
});

const stopFlags = {
  signal: text("SIGNAL", "Signal to send", "s"),
  timeout: number("SECONDS", "Time to stop before it is killed", "t"),
  time: number("SECONDS", "Older name of --timeout"),
};

const stop = command({
  name: "stop",
  summary: "Stop running containers",
  usage: `[OPTIONS] ${containers}`,
  flags: stopFlags,
  words: many,
  run: (flags, names, context) =>
    forEachName(names, context, async (name) => {
      const options = { timeoutSeconds: flags.timeout ?? flags.time, signal: flags.signal };
      await unlessSo(context.client.containers.stop(name, options, context.signal));
      context.stdout.write(`${name}\n`);
    }),
});

const restart = command({
  name: "restart",
  summary: "Restart containers",
  usage: `[OPTIONS] ${containers}`,
  flags: stopFlags,
  words: many,
  run: (flags, names, context) =>
    forEachName(names, context, async (name) => {
      const options = { timeoutSeconds: flags.timeout ?? flags.time };
      await context.client.containers.restart(name, options, context.signal);
      context.stdout.write(`${name}\n`);
    }),
});

/** 304 says that there was nothing to do: that is success. */
async function unlessSo(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error && "status" in error && error.status === 304)) throw error;
  }
}

const kill = command({
  name: "kill",
  summary: "Send a signal to running containers",
  usage: `[OPTIONS] ${containers}`,
  flags: { signal: text("SIGNAL", "Signal to send (default SIGKILL)", "s") },
  words: many,
  run: (flags, names, context) =>
    forEachName(names, context, async (name) => {
      await context.client.containers.kill(name, flags.signal ?? "SIGKILL", context.signal);
      context.stdout.write(`${name}\n`);
    }),
});

const start = command({
  name: "start",
  summary: "Start stopped containers",
  usage: containers,
  flags: {},
  words: many,
  run: (_flags, names, context) =>
    forEachName(names, context, async (name) => {
      await unlessSo(context.client.containers.start(name, context.signal));
      context.stdout.write(`${name}\n`);
    }),
});

const pause = command({
  name: "pause",
  summary: "Suspend all processes of containers",
  usage: containers,
  flags: {},
  words: many,
  run: (_flags, names, context) =>
    forEachName(names, context, async (name) => {
      await context.client.containers.pause(name, context.signal);
      context.stdout.write(`${name}\n`);
    }),
});

const unpause = command({
  name: "unpause",
  summary: "Let paused containers go on",
  usage: containers,
  flags: {},
  words: many,
  run: (_flags, names, context) =>
    forEachName(names, context, async (name) => {
      await context.client.containers.unpause(name, context.signal);
      context.stdout.write(`${name}\n`);
    }),
});

const rm = command({
  name: "rm",
  summary: "Remove containers",
  usage: `[OPTIONS] ${containers}`,
  flags: {
    force: onOff("Kill a running container", "f"),
    volumes: onOff("Remove its anonymous volumes too", "v"),
  },
  words: many,
  run: (flags, names, context) =>
    forEachName(names, context, async (name) => {
      const options = { force: flags.force, removeVolumes: flags.volumes };
      await context.client.containers.remove(name, options, context.signal);
      context.stdout.write(`${name}\n`);
    }),
});

const wait = command({
  name: "wait",
  summary: "Wait until containers stop, and print their exit codes",
  usage: containers,
  flags: {},
  words: many,
  run: (_flags, names, context) =>
    forEachName(names, context, async (name) => {
      const { StatusCode } = await context.client.containers.wait(name, "not-running", context.signal);
      context.stdout.write(`${StatusCode}\n`);
    }),
});

const rename = command({
  name: "rename",
  summary: "Rename a container",
  usage: "CONTAINER NEW_NAME",
  flags: {},
  words: [2, 2],
  run: (_flags, [name = "", newName = ""], { client, signal }) =>
    client.containers.rename(name, newName, signal),
});

const top = command({
  name: "top",
  summary: "Show the processes of a container",
  usage: "CONTAINER [ps OPTIONS]",
  flags: {},
  words: many,
  stopsAtWord: true,
  run: async (_flags, [name = "", ...psArgs], { client, signal, stdout }) => {
    const { Titles, Processes } = await client.containers.top(name, psArgs.join(" "), signal);
    stdout.write(printTable(Titles, Processes));
  },
});

const prune = command({
  name: "prune",
  summary: "Remove all stopped containers",
  usage: "[OPTIONS]",
  flags: { filter: filterFlag, force: onOff("Accepted for docker's sake: nothing is asked", "f") },
  words: [0, 0],
  run: async (flags, _words, { client, signal, stdout }) => {
    const answer = await client.containers.prune(parseFilters(flags.filter), signal);
    for (const id of answer.ContainersDeleted ?? []) stdout.write(`${id}\n`);
    stdout.write(`Total reclaimed space: ${printSize(answer.SpaceReclaimed)}\n`);
  },
});

/** What is done with containers that exist. */
export const containerCommands: readonly Command[] = [
  ps,
  logs,
  attach,
  start,
  stop,
  restart,
  kill,
  pause,
  unpause,
  rm,
  rename,
  top,
  wait,
];

/** Only as `container prune`. */
export const containerPrune = prune;
