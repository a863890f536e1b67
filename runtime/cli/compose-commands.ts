import { build, planBuild } from "../compose/build.ts";
import { ComposeError } from "../compose/compose-error.ts";
import { down, planDown } from "../compose/down.ts";
import { changeLifecycle, type Lifecycle, planLifecycle } from "../compose/lifecycle.ts";
import { followLogs } from "../compose/logs.ts";
import { observe, observeContainers } from "../compose/observe.ts";
import { printPlan } from "../compose/plan.ts";
import { printPs, psRow } from "../compose/ps.ts";
import { type ComposeSession, chooseServices } from "../compose/session.ts";
import { child, type TreeNode } from "../model/compose/tree.ts";
import { plainValue, printYaml } from "../model/compose/tree-value.ts";
import { list, onOff, text } from "./command-line.ts";
import { wholeNumber } from "./compose-arguments.ts";
import { assignments, type ComposeCommand, shortName, timeoutOf } from "./compose-command.ts";
import { runCommand } from "./compose-run.ts";
import { upCommand } from "./compose-up.ts";

const timeout = text("SECONDS", "Time to stop before a container is killed", "t");

const downCommand: ComposeCommand = {
  name: "down",
  usage: "down [OPTIONS]",
  summary: "Stop and remove containers and networks; with -v volumes too",
  examples: [["compose down -v", "Nothing is left, data neither"]],
  flags: {
    volumes: onOff("Volumes too", "v"),
    "remove-orphans": onOff("Remove containers of services that are not in the files"),
    timeout,
  },
  run: async ({ session, dryRun, stdout, signal }, parsed) => {
    const options = {
      volumes: parsed.has("volumes"),
      removeOrphans: parsed.has("remove-orphans"),
      timeoutSeconds: timeoutOf(parsed),
    };
    if (dryRun) stdout(printPlan(await planDown(session, options, signal)));
    else await down(session, options, signal);
    return 0;
  },
};

const psCommand: ComposeCommand = {
  name: "ps",
  usage: "ps [OPTIONS] [SERVICE...]",
  summary: "List containers; with -a those that do not run too",
  flags: {
    all: onOff("Also those that do not run", "a"),
    quiet: onOff("Only print ids", "q"),
    services: onOff("Print names of services"),
    format: text("FORMAT", "table or json"),
  },
  run: async ({ session, stdout, signal }, parsed) => {
    const all = await observeContainers(session.client, session.project.name, signal);
    const containers = all.filter((container) => {
      const isShown =
        parsed.has("all") ||
        container.status === "running" ||
        container.status === "restarting" ||
        container.status === "paused";
      return isShown && (parsed.positionals.length === 0 || parsed.positionals.includes(container.service));
    });
    if (parsed.has("services"))
      stdout([...new Set(containers.map(({ service }) => `${service}\n`))].join(""));
    else if (parsed.has("quiet")) stdout(containers.map(({ id }) => `${id}\n`).join(""));
    else if (parsed.value("format") === "json") {
      const rows = containers.map((container) => ({
        ...psRow(container),
        id: container.id,
        state: container.status,
      }));
      stdout(`${JSON.stringify(rows)}\n`);
    } else stdout(printPs(containers.map(psRow)));
    return 0;
  },
};

const logsCommand: ComposeCommand = {
  name: "logs",
  usage: "logs [OPTIONS] [SERVICE...]",
  summary: "Print the output of containers",
  examples: [["compose logs -f --tail 20 web", "One service, the last 20 lines and what comes"]],
  flags: {
    follow: onOff("Go on with what comes", "f"),
    timestamps: onOff("Show when each line was written", "t"),
    tail: text("N", "Lines from the end of each container (all)", "n"),
    "no-log-prefix": onOff("Without the name before each line"),
  },
  run: async ({ session, stdout, signal }, parsed) => {
    for (const name of parsed.positionals) requireService(session, name);
    const all = await observeContainers(session.client, session.project.name, signal);
    const containers = all.filter(
      ({ service, oneOff }) =>
        !oneOff && (parsed.positionals.length === 0 || parsed.positionals.includes(service)),
    );
    const tailText = parsed.value("tail");
    const tail = tailText === undefined || tailText === "all" ? undefined : wholeNumber("--tail", tailText);
    const options = { follow: parsed.has("follow"), timestamps: parsed.has("timestamps"), tail };
    const width = Math.max(0, ...containers.map((container) => shortName(session, container.name).length));
    for await (const { container, text } of followLogs(session.client, containers, options, signal)) {
      const prefix = parsed.has("no-log-prefix")
        ? ""
        : `${shortName(session, container.name).padEnd(width)}  | `;
      stdout(`${prefix}${text}\n`);
    }
    return 0;
  },
};

const buildCommand: ComposeCommand = {
  name: "build",
  usage: "build [OPTIONS] [SERVICE...]",
  summary: "Build the images of services",
  flags: {
    "no-cache": onOff("Do not use the cache"),
    pull: onOff("Pull newer base images"),
    "build-arg": list("NAME[=VALUE]", "Set a build-time variable"),
    quiet: onOff("No progress", "q"),
  },
  run: async ({ session, dryRun, stdout, signal }, parsed) => {
    const services = chooseServices(session, parsed.positionals, false);
    if (dryRun) {
      stdout(printPlan(planBuild(session, services)));
      return 0;
    }
    const quiet = { ...session, output: { ...session.output, onProgress: () => {} } };
    const choices = {
      noCache: parsed.has("no-cache") || undefined,
      pull: parsed.has("pull") || undefined,
      buildArgs: assignments(parsed.values("build-arg"), session.environment),
    };
    await build(parsed.has("quiet") ? quiet : session, services, choices, signal);
    return 0;
  },
};

const configCommand: ComposeCommand = {
  name: "config",
  usage: "config [OPTIONS]",
  summary: "Check the Compose files and print them as they are understood",
  flags: {
    quiet: onOff("Only check", "q"),
    services: onOff("Print names of services"),
    volumes: onOff("Print names of volumes"),
    format: text("FORMAT", "yaml or json"),
  },
  run: async ({ session, tree, stdout }, parsed) => {
    const { project } = session;
    if (parsed.has("quiet")) return 0;
    if (parsed.has("services")) stdout([...project.services.keys()].map((name) => `${name}\n`).join(""));
    else if (parsed.has("volumes")) stdout([...project.volumes.keys()].map((name) => `${name}\n`).join(""));
    else stdout(printConfig(session, tree, parsed.value("format") ?? "yaml"));
    return 0;
  },
};

function printConfig(session: ComposeSession, tree: TreeNode, format: string): string {
  const { project } = session;
  const services = [...project.services.values()].map((service) => {
    const node = child(child(tree, "services"), service.name);
    const written = node === undefined ? {} : plainValue(node);
    const { env_file: _, ...rest } = { env_file: undefined, ...(typeof written === "object" ? written : {}) };
    return [service.name, { ...rest, environment: service.environment }] as const;
  });
  const sections = ["networks", "volumes", "secrets", "configs"].flatMap((name) => {
    const node = child(tree, name);
    return node === undefined ? [] : [[name, plainValue(node)] as const];
  });
  const value = {
    name: project.name,
    services: Object.fromEntries(services),
    ...Object.fromEntries(sections),
  };
  return format === "json" ? `${JSON.stringify(value, null, 2)}\n` : printYaml(value);
}

function lifecycleCommand(action: Lifecycle, summary: string): ComposeCommand {
  return {
    name: action,
    usage: `${action} [OPTIONS] [SERVICE...]`,
    summary,
    flags: action === "start" ? {} : { timeout },
    run: async ({ session, dryRun, stdout, signal }, parsed) => {
      const services = chooseServices(session, parsed.positionals, false);
      const timeoutSeconds = timeoutOf(parsed);
      if (dryRun) {
        const observed = await observe(session.client, session.project, signal);
        stdout(printPlan(planLifecycle(session, action, services, observed, timeoutSeconds)));
      } else await changeLifecycle(session, action, services, { timeoutSeconds }, signal);
      return 0;
    },
  };
}

function requireService(session: ComposeSession, name: string): void {
  const { services, disabledServices } = session.project;
  if (!services.has(name) && !disabledServices.has(name))
    throw new ComposeError(`no such service: "${name}"`);
}

/** All commands, in the order help lists them. */
export const composeCommands: readonly ComposeCommand[] = [
  upCommand,
  downCommand,
  psCommand,
  logsCommand,
  runCommand,
  buildCommand,
  configCommand,
  lifecycleCommand("start", "Start containers that exist"),
  lifecycleCommand("stop", "Stop containers, dependents first"),
  lifecycleCommand("restart", "Restart containers"),
];
