import { text as readText } from "node:stream/consumers";
import { type Command, type CommandContext, command } from "../command.ts";
import { onOff, text, UsageError } from "../command-line.ts";
import { checkCanStore, credentialsForImage, keyOf, storeCredentials } from "../credentials.ts";
import { showProgress } from "../progress.ts";
import { ask, askSecret } from "../prompt.ts";

/** `push`. */
export const pushCommand = command({
  name: "push",
  summary: "Upload an image to a registry",
  usage: "[OPTIONS] NAME[:TAG]",
  flags: {
    "all-tags": onOff("Push all tags of the repository", "a"),
    quiet: onOff("Only print the name", "q"),
  },
  words: [1, 1],
  run: async (flags, [name = ""], { client, env, signal, stdout }) => {
    const hasTag = /[:@][^/]*$/.test(name);
    if (flags["all-tags"] && hasTag) throw new UsageError("tag can't be used with --all-tags/-a");
    const whole = hasTag || flags["all-tags"] ? name : `${name}:latest`;
    const auth = await credentialsForImage(name, env);
    const messages = client.images.push(whole, auth === undefined ? {} : { auth }, signal);
    if (flags.quiet) for await (const _message of messages);
    else await showProgress(messages, stdout, signal);
    if (flags.quiet) stdout.write(`${whole}\n`);
  },
});

const login = command({
  name: "login",
  summary: "Keep credentials for a registry",
  usage: "[OPTIONS] [SERVER]",
  examples: [["login registry.example.com", "Asks for name and password, and proves them there"]],
  flags: {
    username: text("NAME", "User name", "u"),
    password: text("PASSWORD", "Password; --password-stdin keeps it out of sight", "p"),
    "password-stdin": onOff("Read the password from standard input"),
  },
  words: [0, 1],
  run: async (flags, [server = ""], context) => {
    const { client, env, signal, stdin, stdout } = context;
    const isTerminal = "isTTY" in stdin && stdin.isTTY === true;
    const username = flags.username ?? (isTerminal ? await ask("Username: ", context) : "");
    if (username === "") throw new UsageError("Must provide --username");
    await checkCanStore(server, env);
    const password = await passwordOf(flags, isTerminal, context);
    const answer = await client.system.login({ username, password, serveraddress: keyOf(server) }, signal);
    await storeCredentials(server, { username, password }, env);
    stdout.write(`${answer.Status}\n`);
  },
});

async function passwordOf(
  flags: { readonly password?: string; readonly "password-stdin": boolean },
  isTerminal: boolean,
  context: CommandContext,
): Promise<string> {
  if (flags.password !== undefined && flags["password-stdin"]) {
    throw new UsageError("--password and --password-stdin are mutually exclusive");
  }
  if (flags.password !== undefined) {
    context.stderr.write("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
    return flags.password;
  }
  if (flags["password-stdin"]) return (await readText(context.stdin)).replace(/\r?\n$/, "");
  if (!isTerminal) throw new UsageError("Must provide --password-stdin (or --password)");
  return await askSecret("Password: ", context);
}

const logout = command({
  name: "logout",
  summary: "Forget the credentials for a registry",
  usage: "[SERVER]",
  flags: {},
  words: [0, 1],
  run: async (_flags, [server = ""], { env, stdout }) => {
    const had = await storeCredentials(server, undefined, env);
    const key = keyOf(server);
    stdout.write(had ? `Removing login credentials for ${key}\n` : `Not logged in to ${key}\n`);
  },
});

/** `login`, `logout`. */
export const loginCommands: readonly Command[] = [login, logout];
