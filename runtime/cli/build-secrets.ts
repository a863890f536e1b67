import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { CommandContext } from "./command.ts";
import { UsageError } from "./command-line.ts";

/** Gives `--secret` and `--ssh` to the engine; what it gives back names them in one build. Undefined when there are none. */
export async function offerSecrets(
  secrets: readonly string[],
  ssh: readonly string[],
  context: CommandContext,
): Promise<string | undefined> {
  if (secrets.length + ssh.length === 0) return undefined;
  const read = await Promise.all(secrets.map((text) => readSecret(text, context)));
  const agents = await Promise.all(ssh.map((text) => findAgent(text, context)));
  const offered = { secrets: Object.fromEntries(read), agents: Object.fromEntries(agents) };
  return (await context.client.images.offerSecrets(offered, context.signal)).Id;
}

/** `id=ID[,src=FILE]`, `id=ID,env=NAME`: as docker has it. The content is in base64. */
async function readSecret(
  text: string,
  { cwd, env }: CommandContext,
): Promise<[id: string, content: string]> {
  const options = new Map(
    text.split(",").map((part): [string, string] => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
  const unknown = [...options.keys()].find((name) => !["id", "src", "source", "env", "type"].includes(name));
  if (unknown !== undefined) throw new UsageError(`--secret ${text}: there is no option "${unknown}"`);
  const id = options.get("id") ?? "";
  if (id === "") throw new UsageError(`--secret ${text}: it needs an id, as in id=token,src=token.txt`);
  const file = options.get("src") ?? options.get("source");
  const kind = options.get("type") ?? (file === undefined ? "env" : "file");
  if (kind !== "file" && kind !== "env") throw new UsageError(`--secret ${text}: its type is file or env`);
  const name = options.get("env") ?? (kind === "env" ? (file ?? id) : undefined);
  if (name !== undefined) {
    const value = env[name];
    if (value !== undefined) return [id, Buffer.from(value).toString("base64")];
    if (kind === "env" && options.has("env")) throw new UsageError(`--secret ${text}: ${name} is not set`);
  }
  const path = resolve(cwd, file ?? id);
  try {
    return [id, (await readFile(path)).toString("base64")];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--secret ${text}: ${reason}`);
  }
}

/** `ID[=SOCKET]`; without a socket the agent of the environment. Agents are reached by sockets of the engine's own host. */
async function findAgent(text: string, { cwd, env }: CommandContext): Promise<[id: string, socket: string]> {
  const at = text.indexOf("=");
  const id = at < 0 ? text : text.slice(0, at);
  const given = at < 0 ? env.SSH_AUTH_SOCK : text.slice(at + 1);
  if (given === undefined || given === "") throw new UsageError(`--ssh ${text}: SSH_AUTH_SOCK is not set`);
  const socket = resolve(cwd, given);
  const stats = await stat(socket).catch(() => undefined);
  if (stats?.isSocket() !== true) {
    throw new UsageError(
      `--ssh ${text}: ${socket} is no socket of an agent; keys are added to one with ssh-add`,
    );
  }
  return [id, socket];
}
