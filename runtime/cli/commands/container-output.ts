import { command } from "../command.ts";
import { onOff, text, UsageError } from "../command-line.ts";
import { pointInTime } from "../time.ts";
import { writeFrames } from "../write.ts";
import { attachAndWait } from "./attachment.ts";

/** `logs`. */
export const logsCommand = command({
  name: "logs",
  summary: "Fetch the logs of a container",
  usage: "[OPTIONS] CONTAINER",
  examples: [
    ["logs -f --tail 20 web", "The last 20 lines, and what comes"],
    ["logs --since 10m -t web", "The last ten minutes, with times"],
  ],
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
      since: pointInTime(since),
      until: pointInTime(until),
      tail: tail === undefined || tail === "all" ? undefined : Number(tail),
    };
    const frames = context.client.containers.logs(name, options, context.signal);
    await writeFrames(frames, context, context.signal);
  },
});

/** `attach`. */
export const attachCommand = command({
  name: "attach",
  summary: "Attach to a running container",
  usage: "[OPTIONS] CONTAINER",
  examples: [["attach web", "See and type what its main process does; Ctrl-P Ctrl-Q leaves it running"]],
  flags: {
    "no-stdin": onOff("Do not attach standard input"),
    "detach-keys": text("KEYS", "Keys that leave"),
    "sig-proxy": onOff("Pass signals on to the process (on)", undefined, true),
  },
  words: [1, 1],
  run: async (flags, [name = ""], context) => {
    const { Config, State } = await context.client.containers.inspect(name, context.signal);
    if (!State.Running) throw new Error("cannot attach to a stopped container, start it first");
    if (State.Paused) throw new Error("cannot attach to a paused container, unpause it first");
    return await attachAndWait(
      {
        container: name,
        stdin: !flags["no-stdin"] && Config.OpenStdin === true,
        stdout: true,
        stderr: true,
        detachKeys: flags["detach-keys"],
        passesSignals: flags["sig-proxy"],
        until: "not-running",
      },
      context,
    );
  },
});
