import { ComposeError } from "../compose/compose-error.ts";
import { changeLifecycle } from "../compose/lifecycle.ts";
import { followLogs } from "../compose/logs.ts";
import { observeContainers } from "../compose/observe.ts";
import { printPlan } from "../compose/plan.ts";
import { chooseServices } from "../compose/session.ts";
import { planUp, type UpRequest, up } from "../compose/up.ts";
import type { Service } from "../model/compose/types.ts";
import { list, onOff, text } from "./command-line.ts";
import { type ParsedArguments, wholeNumber } from "./compose-arguments.ts";
import { type ComposeCommand, type ComposeContext, shortName, timeoutOf } from "./compose-command.ts";

export const upCommand: ComposeCommand = {
  name: "up",
  usage: "up [OPTIONS] [SERVICE...]",
  summary: "Create and start containers; without -d follow their output until Ctrl-C",
  examples: [
    ["compose up -d --build", "Build what changed, start what is not running"],
    ["compose up --dry-run", "What would be done"],
  ],
  flags: {
    detach: onOff("Run in the background", "d"),
    build: onOff("Build images first"),
    pull: text("WHEN", "Pull images: always, missing or never"),
    "force-recreate": onOff("Make all containers anew"),
    "no-recreate": onOff("Leave containers that differ as they are"),
    "renew-anon-volumes": onOff("New anonymous volumes, not those of the container before", "V"),
    "no-start": onOff("Create, and do not start"),
    "no-deps": onOff("Leave services that these depend on alone"),
    "remove-orphans": onOff("Remove containers of services that are not in the files"),
    scale: list("SERVICE=N", "Run so many containers of a service"),
    timeout: text("SECONDS", "Time to stop before a container is killed", "t"),
  },
  run: async (context, parsed) => {
    const { session, dryRun, stdout, signal } = context;
    const services = chooseServices(session, parsed.positionals, !parsed.has("no-deps"));
    const request = upRequest(parsed);
    if (dryRun) {
      stdout(printPlan(await planUp(session, services, request, signal)));
      return 0;
    }
    await up(session, services, request, signal);
    if (parsed.has("detach") || parsed.has("no-start")) return 0;
    const shown =
      parsed.positionals.length === 0
        ? services
        : services.filter(({ name }) => parsed.positionals.includes(name));
    return await followUntilInterrupted(context, services, shown, timeoutOf(parsed));
  },
};

function upRequest(parsed: ParsedArguments): UpRequest {
  const pull = parsed.value("pull");
  if (pull !== undefined && pull !== "always" && pull !== "missing" && pull !== "never") {
    throw new ComposeError(`--pull "${pull}": use always, missing or never`);
  }
  const scale = parsed.values("scale").map((text) => {
    const [name = "", count = ""] = text.split("=");
    return [name, wholeNumber("--scale", count)] as const;
  });
  const recreate = parsed.has("force-recreate") ? "always" : parsed.has("no-recreate") ? "never" : "diverged";
  return {
    images: { build: parsed.has("build"), pull },
    containers: {
      recreate,
      removeOrphans: parsed.has("remove-orphans"),
      renewAnonymousVolumes: parsed.has("renew-anon-volumes"),
      start: !parsed.has("no-start"),
      scale: new Map(scale),
      timeoutSeconds: timeoutOf(parsed),
    },
  };
}

/** Prints output until every container has ended, or until Ctrl-C, which stops them. */
async function followUntilInterrupted(
  context: ComposeContext,
  services: readonly Service[],
  shown: readonly Service[],
  timeoutSeconds: number | undefined,
): Promise<number> {
  const { session, stdout, stderr, signal } = context;
  try {
    const all = await observeContainers(session.client, session.project.name, signal);
    const containers = all.filter(
      ({ service, oneOff }) => !oneOff && shown.some(({ name }) => name === service),
    );
    const width = Math.max(0, ...containers.map((container) => shortName(session, container.name).length));
    for await (const { container, text } of followLogs(
      session.client,
      containers,
      { follow: true, timestamps: false },
      signal,
    )) {
      stdout(`${shortName(session, container.name).padEnd(width)}  | ${text}\n`);
    }
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    stderr("stopping…\n");
    // The caller's signal has had its say; stopping has a limit of its own.
    await changeLifecycle(session, "stop", services, { timeoutSeconds }, AbortSignal.timeout(120_000));
    return 130;
  }
}
