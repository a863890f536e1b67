import type { Command, CommandGroup } from "./command.ts";
import { onOff, text } from "./command-line.ts";
import { buildCommand } from "./commands/build.ts";
import { changeCommands, containerPrune } from "./commands/container-change.ts";
import { lifecycleCommands } from "./commands/container-lifecycle.ts";
import { psCommand } from "./commands/container-list.ts";
import { attachCommand, logsCommand } from "./commands/container-output.ts";
import { copyCommand } from "./commands/copy.ts";
import { builderPruneCommand, diskUsageCommand, systemPruneCommand } from "./commands/disk.ts";
import { execCommand } from "./commands/exec.ts";
import { captureCommands, imageFileCommands } from "./commands/image-files.ts";
import { historyCommand, imagesCommand } from "./commands/image-list.ts";
import { imageCommands, imagePrune, searchCommand } from "./commands/images.ts";
import { inspectCommand, inspectOf } from "./commands/inspect.ts";
import { networkCommands } from "./commands/networks.ts";
import { loginCommands, pushCommand } from "./commands/registries.ts";
import { createCommand, runCommand } from "./commands/run.ts";
import { statsCommand } from "./commands/stats.ts";
import { eventsCommand, infoCommand, versionCommand } from "./commands/system.ts";
import { volumeCommands } from "./commands/volumes.ts";

/** Where these commands go unless told otherwise. */
export const globalFlags = {
  host: text("ADDRESS", "Engine to talk to: unix://PATH or tcp://HOST:PORT", "H"),
  version: onOff("Print the version", "v"),
} as const;

const containerCommands: readonly Command[] = [
  runCommand,
  createCommand,
  execCommand,
  psCommand,
  logsCommand,
  attachCommand,
  ...lifecycleCommands,
  ...changeCommands,
  copyCommand,
  statsCommand,
  ...captureCommands,
];

const allImageCommands: readonly Command[] = [
  imagesCommand,
  buildCommand,
  ...imageCommands,
  pushCommand,
  historyCommand,
  ...imageFileCommands,
];

/** What `berth --help` shows first: the day's work. */
export const commonCommands: readonly Command[] = [
  runCommand,
  execCommand,
  psCommand,
  buildCommand,
  imagesCommand,
  logsCommand,
];

/** `berth NAME`. */
export const commands: readonly Command[] = [
  ...containerCommands,
  ...allImageCommands,
  searchCommand,
  ...loginCommands,
  inspectCommand,
  versionCommand,
  infoCommand,
  eventsCommand,
];

/** `berth GROUP NAME`: the same commands by what they are about, and those that only make sense there. */
export const groups: readonly CommandGroup[] = [
  {
    name: "container",
    summary: "Manage containers",
    commands: [
      ...renamed(containerCommands, "ps", "ls"),
      inspectOf("container", ({ client }) => client.containers),
      containerPrune,
    ],
  },
  {
    name: "image",
    summary: "Manage images",
    commands: [
      ...renamed(renamed(allImageCommands, "images", "ls"), "rmi", "rm"),
      inspectOf("image", ({ client }) => client.images),
      imagePrune,
    ],
  },
  { name: "network", summary: "Manage networks", commands: networkCommands },
  { name: "volume", summary: "Manage volumes", commands: volumeCommands },
  {
    name: "system",
    summary: "Manage the engine and its disk",
    commands: [diskUsageCommand, eventsCommand, infoCommand, systemPruneCommand],
  },
  { name: "builder", summary: "Manage builds", commands: [buildCommand, builderPruneCommand] },
];

/** Commands that take their own arguments apart. */
export const others = [
  { name: "compose", summary: "Define and run applications of several containers" },
  { name: "lint", summary: "Check Dockerfiles and Compose files" },
  { name: "engine", summary: "Run the engine in the foreground" },
  { name: "completion", summary: "Print what makes a shell complete these commands: bash, zsh or fish" },
] as const;

function renamed(table: readonly Command[], from: string, to: string): readonly Command[] {
  return table.map((each) => (each.name === from ? { ...each, name: to } : each));
}
