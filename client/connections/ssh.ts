import os from "node:os";
import path from "node:path";
import type { OpenLink } from "./connection.ts";
import { openPortForwards } from "./port-forward.ts";
import { type ProvisionOptions, provisionHost } from "./provision.ts";
import type { SshSecrets } from "./ssh-auth.ts";
import { resolveSshHost, type SshDirective } from "./ssh-config.ts";
import { readSshConfig } from "./ssh-config-file.ts";
import { SshError } from "./ssh-error.ts";
import { findJumps, withTarget } from "./ssh-jumps.ts";
import { type SshPrompts, silentPrompts } from "./ssh-prompts.ts";
import { openSshSession } from "./ssh-session.ts";
import { parseSshTarget, type SshTarget } from "./ssh-target.ts";

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
    const { host, jumps } = await configuredWay(target, settings, home);
    const agentSocket = process.env.SSH_AUTH_SOCK;
    const session = await openSshSession(
      { host, jumps, home, agentSocket, prompts, secrets, report },
      signal,
    );
    try {
      const paths = await provisionHost(
        session,
        { ...settings, host: options.target, prompts, report, log: options.log },
        signal,
      );
      report("connecting to the engine");
      const forwards = openPortForwards(session.connectPort, options.log);
      return {
        connect: () => session.connectUnix(paths.socket),
        forward: forwards.forward,
        closed: session.closed,
        [Symbol.asyncDispose]: async () => {
          await forwards[Symbol.asyncDispose]();
          await session[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  };
}

/** What the SSH configuration says of the host and of those on the way to it. */
async function configuredWay(target: SshTarget, settings: SshSettings, home: string) {
  const file = settings.configFile ?? path.join(home, ".ssh", "config");
  try {
    const own = await readSshConfig(file, home);
    const machine = await readSshConfig("/etc/ssh/ssh_config", home);
    const directives: readonly SshDirective[] = [...own, { kind: "match", criteria: ["all"] }, ...machine];
    const user = { home, name: os.userInfo().username };
    const find = (each: SshTarget) => withTarget(resolveSshHost(directives, each.host, user), each);
    const host = find(target);
    return { host, jumps: findJumps(host, find) };
  } catch (error) {
    throw new SshError("configuration", error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
