import type { ContainerUpdateRequest } from "../../api/types/container.ts";
import { type Command, command, forEachName } from "../command.ts";
import { number, text, UsageError } from "../command-line.ts";
import { confirm, forceFlag } from "../confirm.ts";
import { parseFilters, pruneFilterFlag } from "../filter-flag.ts";
import { cpuNano, limitBytes, restartPolicy, sizeBytes } from "../request-values.ts";
import { printTable } from "../table.ts";
import { printSize } from "../units.ts";

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
  examples: [["top web -o pid,rss,args", "Columns of your choice"]],
  flags: {},
  words: [1, Number.POSITIVE_INFINITY],
  stopsAtWord: true,
  run: async (_flags, [name = "", ...psArgs], { client, signal, stdout }) => {
    const { Titles, Processes } = await client.containers.top(name, psArgs.join(" "), signal);
    stdout.write(printTable(Titles, Processes));
  },
});

const port = command({
  name: "port",
  summary: "Show where the ports of a container are published",
  usage: "CONTAINER [PORT[/PROTOCOL]]",
  examples: [["port web 80", "The address that reaches port 80"]],
  flags: {},
  words: [1, 2],
  run: async (_flags, [name = "", asked], { client, signal, stdout }) => {
    const { NetworkSettings } = await client.containers.inspect(name, signal);
    const wanted = asked === undefined || asked.includes("/") ? asked : `${asked}/tcp`;
    const lines = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([target, bindings]) =>
      (bindings ?? []).map(({ HostIp = "", HostPort = "" }) => {
        const address = `${HostIp.includes(":") ? `[${HostIp}]` : HostIp}:${HostPort}`;
        return { target, line: wanted === undefined ? `${target} -> ${address}` : address };
      }),
    );
    const shown = lines.filter(({ target }) => wanted === undefined || target === wanted);
    if (shown.length === 0 && asked !== undefined) {
      throw new Error(`Error: No public port '${wanted}' published for ${name}`);
    }
    stdout.write(shown.map(({ line }) => `${line}\n`).join(""));
  },
});

const update = command({
  name: "update",
  summary: "Change the limits of containers, also while they run",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  examples: [["update --memory 512m --cpus 1.5 web", "Half a GiB and one and a half processors from now on"]],
  flags: {
    "blkio-weight": number("WEIGHT", "Share of block I/O, 10 to 1000, or 0 for none"),
    cpus: text("NUMBER", "Number of CPUs"),
    "cpu-period": number("MICROSECONDS", "Period of the CPU scheduler"),
    "cpu-quota": number("MICROSECONDS", "CPU time in each period"),
    "cpu-shares": number("SHARES", "Share of CPU time beside others", "c"),
    "cpuset-cpus": text("CPUS", "CPUs to run on (0-3, 0,1)"),
    "cpuset-mems": text("NODES", "Memory nodes to use (0-3, 0,1)"),
    memory: text("BYTES", "Memory limit", "m"),
    "memory-reservation": text("BYTES", "Memory it may keep when memory is short"),
    "memory-swap": text("BYTES", "Memory and swap together; -1 for no limit"),
    "pids-limit": number("N", "Processes and threads; -1 for no limit"),
    restart: text("POLICY", "no, always, unless-stopped or on-failure[:MAX]"),
  },
  words: [1, Number.POSITIVE_INFINITY],
  run: async (flags, names, context) => {
    const request: ContainerUpdateRequest = {
      BlkioWeight: flags["blkio-weight"],
      NanoCpus: cpuNano(flags.cpus),
      CpuPeriod: flags["cpu-period"],
      CpuQuota: flags["cpu-quota"],
      CpuShares: flags["cpu-shares"],
      CpusetCpus: flags["cpuset-cpus"],
      CpusetMems: flags["cpuset-mems"],
      Memory: sizeBytes("memory", flags.memory),
      MemoryReservation: sizeBytes("memory-reservation", flags["memory-reservation"]),
      MemorySwap: limitBytes("memory-swap", flags["memory-swap"]),
      PidsLimit: flags["pids-limit"],
      RestartPolicy: flags.restart === undefined ? undefined : restartPolicy(flags.restart),
    };
    if (Object.values(request).every((value) => value === undefined)) {
      throw new UsageError("nothing to change: give at least one option");
    }
    return await forEachName(names, context, async (name) => {
      const { Warnings } = await context.client.containers.update(name, request, context.signal);
      for (const warning of Warnings ?? []) context.stderr.write(`WARNING: ${warning}\n`);
      context.stdout.write(`${name}\n`);
    });
  },
});

/** Only as `container prune`. */
export const containerPrune = command({
  name: "prune",
  summary: "Remove all stopped containers",
  usage: "[OPTIONS]",
  flags: { filter: pruneFilterFlag, force: forceFlag },
  words: [0, 0],
  run: async (flags, _words, context) => {
    if (!(await confirm(flags.force, "This will remove all stopped containers.", context))) return;
    const { client, signal, stdout } = context;
    const answer = await client.containers.prune(parseFilters(flags.filter), signal);
    for (const id of answer.ContainersDeleted ?? []) stdout.write(`${id}\n`);
    stdout.write(`Total reclaimed space: ${printSize(answer.SpaceReclaimed)}\n`);
  },
});

/** What is asked of and changed in containers that exist. */
export const changeCommands: readonly Command[] = [rename, top, port, update];
