import type { EngineClient } from "../../api/engine-client.ts";
import { type Command, type CommandContext, command, forEachName } from "../command.ts";
import { number, onOff, text, UsageError } from "../command-line.ts";
import { attachAndWait } from "./attachment.ts";

const many = [1, Number.POSITIVE_INFINITY] as const;
const containers = "CONTAINER [CONTAINER...]";

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
      const options = { timeoutSeconds: flags.timeout ?? flags.time, signal: flags.signal };
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
  usage: `[OPTIONS] ${containers}`,
  examples: [
    ["start web", "Run it again, with what it had written"],
    ["start -ai shell", "Run it again in this terminal"],
  ],
  flags: {
    attach: onOff("Attach its output and pass signals on", "a"),
    interactive: onOff("Attach standard input", "i"),
    "detach-keys": text("KEYS", "Keys that leave"),
  },
  words: many,
  run: async (flags, names, context) => {
    if (!flags.attach && !flags.interactive) {
      return await forEachName(names, context, async (name) => {
        await unlessSo(context.client.containers.start(name, context.signal));
        context.stdout.write(`${name}\n`);
      });
    }
    const [name = "", ...others] = names;
    if (others.length > 0) throw new UsageError("you cannot start and attach multiple containers at once");
    return await startAttached(name, flags.interactive, flags["detach-keys"], context);
  },
});

async function startAttached(
  name: string,
  sendsInput: boolean,
  detachKeys: string | undefined,
  context: CommandContext,
): Promise<number> {
  const { client, signal } = context;
  const { Config, HostConfig } = await client.containers.inspect(name, signal);
  return await attachAndWait(
    {
      container: name,
      stdin: sendsInput && Config.OpenStdin === true,
      stdout: true,
      stderr: true,
      detachKeys,
      passesSignals: true,
      until: HostConfig.AutoRemove === true ? "removed" : "next-exit",
      start: () => client.containers.start(name, signal),
    },
    context,
  );
}

/** A command that does one thing to each container and prints its name. */
function perContainer(
  name: string,
  summary: string,
  act: (containers: EngineClient["containers"], container: string, signal: AbortSignal) => Promise<void>,
): Command {
  return command({
    name,
    summary,
    usage: containers,
    flags: {},
    words: many,
    run: (_flags, names, context) =>
      forEachName(names, context, async (each) => {
        await act(context.client.containers, each, context.signal);
        context.stdout.write(`${each}\n`);
      }),
  });
}

const pause = perContainer("pause", "Suspend all processes of containers", (calls, container, signal) =>
  calls.pause(container, signal),
);

const unpause = perContainer("unpause", "Let paused containers go on", (calls, container, signal) =>
  calls.unpause(container, signal),
);

const rm = command({
  name: "rm",
  summary: "Remove containers",
  usage: `[OPTIONS] ${containers}`,
  flags: {
    force: onOff("Kill a running container", "f"),
    link: onOff("Remove the link of this name, not the container", "l"),
    volumes: onOff("Remove its anonymous volumes too", "v"),
  },
  words: many,
  run: (flags, names, context) =>
    forEachName(names, context, async (name) => {
      const options = { force: flags.force, removeVolumes: flags.volumes, link: flags.link };
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

/** What starts, stops and removes containers. */
export const lifecycleCommands: readonly Command[] = [start, stop, restart, kill, pause, unpause, wait, rm];
