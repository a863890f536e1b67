import os from "node:os";
import path from "node:path";
import type { OpenLink } from "./connection.ts";
import { type ProvisionOptions, provisionHost } from "./provision.ts";
import type { SshSecrets } from "./ssh-auth.ts";
import { resolveSshHost } from "./ssh-config.ts";
import { readSshConfig } from "./ssh-config-file.ts";
import { SshError } from "./ssh-error.ts";
import { type SshPrompts, silentPrompts } from "./ssh-prompts.ts";
import { openSshSession } from "./ssh-session.ts";
import { parseSshTarget } from "./ssh-target.ts";

export interface SshOptions {
  /** As typed: `alias` or `user@host:port`. */
  readonly target: string;
  readonly prompts: SshPrompts;
  readonly log: (line: string) => void;
  readonly readSettings: () => SshSettings;
}

export interface SshSettings {
  /** Where Berth lives on the host: `~/.berth`. */
  readonly remoteRoot: string;
  /** An `ssh_config` file; undefined is the user's own. */
  readonly configFile: string | undefined;
  readonly bundle: string;
  readonly node: ProvisionOptions["node"];
}

/** Opens an engine on a Linux host through SSH, setting it up where needed; nothing listens on TCP there. */
export function openSshHost(options: SshOptions): OpenLink {
  const secrets: SshSecrets = { byQuestion: new Map() };
  return async ({ mayAsk, report }, signal) => {
    const settings = options.readSettings();
    const target = parseSshTarget(options.target);
    if (target === undefined) throw new SshError("configuration", `"${options.target}" is not a host`);
    const home = os.homedir();
    const prompts = mayAsk ? options.prompts : silentPrompts;
    const configured = await configuredHost(target.host, settings, home);
    const host = {
      ...configured,
      ...(target.user === undefined ? {} : { user: target.user }),
      ...(target.port === undefined ? {} : { port: target.port }),
    };
    const agentSocket = process.env.SSH_AUTH_SOCK;
    const session = await openSshSession({ host, home, agentSocket, prompts, secrets, report }, signal);
    try {
      const paths = await provisionHost(
        session,
        { ...settings, host: options.target, prompts, report, log: options.log },
        signal,
      );
      report("connecting to the engine");
      return {
        connect: () => session.connectUnix(paths.socket),
        closed: session.closed,
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  };
}

async function configuredHost(alias: string, settings: SshSettings, home: string) {
  const file = settings.configFile ?? path.join(home, ".ssh", "config");
  try {
    const user = { home, name: os.userInfo().username };
    const own = await readSshConfig(file, home);
    const machine = await readSshConfig("/etc/ssh/ssh_config", home);
    return resolveSshHost([...own, { kind: "match", criteria: ["all"] }, ...machine], alias, user);
  } catch (error) {
    throw new SshError("configuration", error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
