/** What a user types to name a host: `alias`, `user@host`, `user@host:2222`, `[::1]:22`. */
export interface SshTarget {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

/** Reads a typed host; undefined when it is none. */
export function parseSshTarget(text: string): SshTarget | undefined {
  const match = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s/[\]]+))(?::(\d{1,5}))?$/.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const [, user, bracketed, plain, portText] = match;
  const host = bracketed ?? plain ?? "";
  const port = portText === undefined ? undefined : Number(portText);
  if (host.startsWith("-") || (port !== undefined && (port < 1 || port > 65_535))) return undefined;
  return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) };
}
