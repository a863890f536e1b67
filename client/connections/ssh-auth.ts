import { readFile } from "node:fs/promises";
import path from "node:path";
import type { AnyAuthMethod, AuthenticationType, NextAuthHandler } from "ssh2";
import type { SshHostConfig } from "./ssh-config.ts";
import type { SshPrompts } from "./ssh-prompts.ts";

/** Answers typed once, kept in memory for as long as the connection is, so that reconnecting asks nothing. */
export interface SshSecrets {
  readonly byQuestion: Map<string, string>;
}

export interface AuthContext {
  readonly host: SshHostConfig;
  readonly home: string;
  /** Path of SSH_AUTH_SOCK. */
  readonly agentSocket: string | undefined;
  readonly prompts: SshPrompts;
  readonly secrets: SshSecrets;
  readonly parseKey: (key: Buffer, passphrase?: string) => Error | unknown;
}

const defaultKeys = ["id_ed25519", "id_ecdsa", "id_rsa"];
const passwordTries = 3;

/**
 * Offers what can be offered, as OpenSSH does: agent, key files, then typed answers.
 * `tried` fills with what was offered, for the message when nothing helped.
 */
export function createAuthHandler(context: AuthContext, tried: string[]) {
  const methods = authMethods(context, tried);
  return (_left: AuthenticationType[] | null, _partial: boolean, next: NextAuthHandler): void => {
    // ssh2 ends authentication on `false`, which its types do not know.
    const answer = next as (method: AnyAuthMethod | false) => void;
    methods.next().then(
      ({ value, done }) => answer(done ? false : value),
      (error: unknown) => {
        tried.push(error instanceof Error ? error.message : String(error));
        answer(false);
      },
    );
  };
}

async function* authMethods(context: AuthContext, tried: string[]): AsyncGenerator<AnyAuthMethod, undefined> {
  const username = context.host.user;
  const agent = context.host.identityAgent ?? context.agentSocket;
  if (agent !== undefined && agent !== "none" && agent !== "") {
    tried.push(`agent ${agent}`);
    yield { type: "agent", username, agent };
  }
  yield* keyMethods(context, tried);
  for (let attempt = 0; attempt < passwordTries; attempt += 1) {
    const question = `Password for ${username}@${context.host.alias}`;
    if (attempt > 0) context.secrets.byQuestion.delete(question);
    const password = await ask(context, question);
    if (password === undefined) return undefined;
    tried.push("password");
    yield { type: "password", username, password };
    if (attempt === 0) yield keyboardMethod(username, password);
  }
  return undefined;
}

async function* keyMethods(context: AuthContext, tried: string[]): AsyncGenerator<AnyAuthMethod> {
  const { host } = context;
  const files =
    host.identityFiles.length > 0
      ? host.identityFiles
      : defaultKeys.map((name) => path.join(context.home, ".ssh", name));
  for (const file of files) {
    const key = await readFile(file).catch(() => undefined);
    if (key === undefined) {
      if (host.identityFiles.length > 0) tried.push(`key ${file} (cannot be read)`);
      continue;
    }
    const plain = context.parseKey(key);
    if (!(plain instanceof Error)) {
      tried.push(`key ${file}`);
      yield { type: "publickey", username: host.user, key };
      continue;
    }
    if (!/encrypted|passphrase/i.test(plain.message)) {
      tried.push(`key ${file} (${plain.message})`);
      continue;
    }
    const passphrase = await ask(context, `Passphrase for ${file}`);
    if (passphrase === undefined) {
      tried.push(`key ${file} (encrypted, no passphrase given)`);
      continue;
    }
    if (context.parseKey(key, passphrase) instanceof Error) {
      context.secrets.byQuestion.delete(`Passphrase for ${file}`);
      tried.push(`key ${file} (wrong passphrase)`);
      continue;
    }
    tried.push(`key ${file}`);
    yield { type: "publickey", username: host.user, key, passphrase };
  }
}

/** Servers that take passwords only by keyboard-interactive get the same one for their single question. */
function keyboardMethod(username: string, password: string): AnyAuthMethod {
  return {
    type: "keyboard-interactive",
    username,
    prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
  };
}

async function ask(context: AuthContext, question: string): Promise<string | undefined> {
  const known = context.secrets.byQuestion.get(question);
  if (known !== undefined) return known;
  const answer = await context.prompts.password(question);
  if (answer !== undefined) context.secrets.byQuestion.set(question, answer);
  return answer;
}
