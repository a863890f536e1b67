import { type Command, command } from "../command.ts";
import { list, onOff, text, UsageError } from "../command-line.ts";
import { interact } from "../interactive.ts";
import { linesOf } from "../lines-file.ts";
import { environment } from "../request-values.ts";

/** `exec`. */
export const execCommand: Command = command({
  name: "exec",
  summary: "Run a command in a running container",
  usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
  examples: [
    ["exec -it web sh", "A shell inside of it"],
    ["exec -u root -w /etc web cat passwd", "As another user, elsewhere"],
  ],
  flags: {
    detach: onOff("Run in the background", "d"),
    "detach-keys": text("KEYS", "Keys that leave the command"),
    env: list("NAME[=VALUE]", "Set an environment variable", "e"),
    "env-file": list("FILE", "Read environment variables from a file"),
    interactive: onOff("Keep standard input open", "i"),
    privileged: onOff("Give extended privileges"),
    tty: onOff("Allocate a terminal", "t"),
    user: text("USER", "User or UID, and group: NAME|UID[:GROUP|GID]", "u"),
    workdir: text("DIRECTORY", "Working directory inside the container", "w"),
  },
  words: [2, Number.POSITIVE_INFINITY],
  stopsAtWord: true,
  run: async (flags, [container = "", ...argv], context) => {
    const { client, signal, stdin, stdout } = context;
    const isTerminal = "isTTY" in stdin && stdin.isTTY === true;
    if (flags.tty && flags.interactive && !flags.detach && !isTerminal) {
      throw new UsageError("the input device is not a TTY");
    }
    const terminal = stdout as NodeJS.WriteStream;
    const { Id } = await client.execs.create(
      container,
      {
        AttachStdin: flags.interactive && !flags.detach,
        AttachStdout: !flags.detach,
        AttachStderr: !flags.detach,
        DetachKeys: flags["detach-keys"],
        Tty: flags.tty,
        ConsoleSize: flags.tty && terminal.isTTY ? [terminal.rows, terminal.columns] : undefined,
        Env: environment([...(await linesOf(flags["env-file"], context.cwd)), ...flags.env], context.env),
        Cmd: argv,
        Privileged: flags.privileged,
        User: flags.user,
        WorkingDir: flags.workdir,
      },
      signal,
    );
    if (flags.detach) {
      await client.execs.startDetached(Id, signal);
      return 0;
    }
    const stream = await client.execs.start(Id, { tty: flags.tty }, signal);
    const resize = (size: { readonly height: number; readonly width: number }) =>
      client.execs.resize(Id, size, signal);
    const detachKeys = flags["detach-keys"];
    const end = await interact({ stream, sendsInput: flags.interactive, detachKeys, resize }, context);
    if (end === "detached") return 0;
    return (await client.execs.inspect(Id, signal)).ExitCode ?? 0;
  },
});
