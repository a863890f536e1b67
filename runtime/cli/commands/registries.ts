import { text as readText } from "node:stream/consumers";
import { type Command, command } from "../command.ts";
import { onOff, text, UsageError } from "../command-line.ts";
import { checkCanStore, credentialsForImage, keyOf, storeCredentials } from "../credentials.ts";
import { showProgress } from "../progress.ts";

const push = command({
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
  flags: {
    username: text("NAME", "User name", "u"),
    password: text("PASSWORD", "Password; --password-stdin keeps it out of sight", "p"),
    "password-stdin": onOff("Read the password from standard input"),
  },
  words: [0, 1],
  run: async (flags, [server = ""], { client, env, signal, stdin, stdout, stderr }) => {
    const { username } = flags;
    if (username === undefined) throw new UsageError("Must provide --username");
    if (flags.password !== undefined && flags["password-stdin"]) {
      throw new UsageError("--password and --password-stdin are mutually exclusive");
    }
    if (flags.password === undefined && !flags["password-stdin"]) {
      throw new UsageError("Must provide --password-stdin (or --password)");
    }
    await checkCanStore(server, env);
    if (flags.password !== undefined) {
      stderr.write("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
    }
    const password = flags.password ?? (await readText(stdin)).replace(/\r?\n$/, "");
    const answer = await client.system.login({ username, password, serveraddress: keyOf(server) }, signal);
    await storeCredentials(server, { username, password }, env);
    stdout.write(`${answer.Status}\n`);
  },
});

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

/** `push`, `login`, `logout`. */
export const registryCommands: readonly Command[] = [push, login, logout];
export const pushCommand = push;
