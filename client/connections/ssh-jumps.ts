import type { SshHostConfig } from "./ssh-config.ts";
import { parseSshTarget, type SshTarget } from "./ssh-target.ts";

const maxJumps = 8;

/** What was typed counts before what the configuration says. */
export function withTarget(host: SshHostConfig, target: SshTarget): SshHostConfig {
  return {
    ...host,
    ...(target.user === undefined ? {} : { user: target.user }),
    ...(target.port === undefined ? {} : { port: target.port }),
  };
}

/**
 * The hosts on the way to `host`, first hop first: its ProxyJump list, and before the first of these what that one
 * itself is reached through. Source: ssh_config(5), ProxyJump. Throws for what is no host and for a way without end.
 */
export function findJumps(
  host: SshHostConfig,
  find: (target: SshTarget) => SshHostConfig,
): readonly SshHostConfig[] {
  const jumps: SshHostConfig[] = [];
  let next: SshHostConfig | undefined = host;
  while (next?.proxyJump !== undefined) {
    const words: readonly string[] = next.proxyJump.split(",");
    const hops: SshHostConfig[] = words.map((word) => {
      const target = parseSshTarget(word);
      if (target === undefined) throw new Error(`ProxyJump of ${host.alias}: "${word}" is not a host`);
      return find(target);
    });
    jumps.unshift(...hops);
    if (jumps.length > maxJumps)
      throw new Error(`${host.alias} has more than ${maxJumps} jumps on its way; do they go in a circle?`);
    next = hops[0];
  }
  return jumps;
}
