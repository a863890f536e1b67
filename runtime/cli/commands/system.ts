import type { EventMessage } from "../../api/types/system.ts";
import { newestVersion } from "../../api/version.ts";
import { command } from "../command.ts";
import { text } from "../command-line.ts";
import { filterFlag, parseFilters } from "../filter-flag.ts";
import { compileTemplate } from "../template/template.ts";
import { pointInTime } from "../time.ts";
import { printSize } from "../units.ts";
import { write } from "../write.ts";

/** `version`. */
export const versionCommand = command({
  name: "version",
  summary: "Show the versions of client and engine",
  usage: "[OPTIONS]",
  flags: { format: text("TEMPLATE", "Print with a template", "f") },
  words: [0, 0],
  run: async ({ format }, _words, { client, signal, stdout }) => {
    const server = await client.system.version(signal);
    const Client = { ApiVersion: newestVersion, Os: process.platform, Arch: process.arch };
    if (format !== undefined) {
      stdout.write(`${compileTemplate(format)({ Client, Server: server })}\n`);
      return;
    }
    const lines = [
      "Client: berth",
      ` API version:       ${Client.ApiVersion}`,
      ` OS/Arch:           ${Client.Os}/${Client.Arch}`,
      "",
      `Server: ${server.Platform.Name}`,
      ` Version:           ${server.Version}`,
      ` API version:       ${server.ApiVersion} (minimum version ${server.MinAPIVersion})`,
      ` OS/Arch:           ${server.Os}/${server.Arch}`,
      ` Kernel version:    ${server.KernelVersion}`,
      ...server.Components.map((each) => ` ${`${each.Name}:`.padEnd(19)}${each.Version}`),
    ];
    stdout.write(`${lines.join("\n")}\n`);
  },
});

/** `info`. */
export const infoCommand = command({
  name: "info",
  summary: "Show what the engine says of itself and its host",
  usage: "[OPTIONS]",
  flags: { format: text("TEMPLATE", "Print with a template", "f") },
  words: [0, 0],
  run: async ({ format }, _words, { client, signal, stdout, stderr }) => {
    const info = await client.system.info(signal);
    if (format !== undefined) {
      stdout.write(`${compileTemplate(format)(info)}\n`);
      return;
    }
    const rows: readonly (readonly [string, unknown])[] = [
      ["Containers", info.Containers],
      [" Running", info.ContainersRunning],
      [" Paused", info.ContainersPaused],
      [" Stopped", info.ContainersStopped],
      ["Images", info.Images],
      ["Server Version", info.ServerVersion],
      ["Storage Driver", info.Driver],
      ["Cgroup Driver", info.CgroupDriver],
      ["Cgroup Version", info.CgroupVersion],
      ["Default Runtime", info.DefaultRuntime],
      ["Kernel Version", info.KernelVersion],
      ["Operating System", info.OperatingSystem],
      ["OSType", info.OSType],
      ["Architecture", info.Architecture],
      ["CPUs", info.NCPU],
      ["Total Memory", printSize(info.MemTotal)],
      ["Name", info.Name],
      ["ID", info.ID],
      ["Root Dir", info.DockerRootDir],
    ];
    stdout.write(rows.map(([name, value]) => `${name}: ${value}\n`).join(""));
    for (const warning of info.Warnings ?? []) stderr.write(`${warning}\n`);
  },
});

/** `events`. */
export const eventsCommand = command({
  name: "events",
  summary: "Show what happens in the engine, as it happens",
  usage: "[OPTIONS]",
  examples: [["events --since 1h --filter type=container", "The last hour of containers, and what comes"]],
  flags: {
    filter: filterFlag,
    format: text("TEMPLATE", "Print each with a template"),
    since: text("TIME", "Show events since (a time, or 10m)"),
    until: text("TIME", "Show events until (a time)"),
  },
  words: [0, 0],
  run: async (flags, _words, { client, signal, stdout }) => {
    const options = {
      since: pointInTime(flags.since),
      until: pointInTime(flags.until),
      filters: parseFilters(flags.filter),
    };
    const print = flags.format === undefined ? printEvent : compileTemplate(flags.format);
    for await (const event of client.system.events(options, signal)) {
      await write(stdout, `${print(event)}\n`, signal);
    }
  },
});

function printEvent(value: unknown): string {
  const event = value as EventMessage;
  const at = new Date(event.timeNano / 1e6).toISOString();
  const attributes = Object.entries(event.Actor.Attributes)
    .map(([key, each]) => `${key}=${each}`)
    .sort()
    .join(", ");
  const about = attributes === "" ? "" : ` (${attributes})`;
  return `${at} ${event.Type} ${event.Action} ${event.Actor.ID}${about}`;
}
