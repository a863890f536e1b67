/** One line of an `ssh_config` file, or the files an `Include` line names. Source: ssh_config(5). */
export type SshDirective =
  | { readonly kind: "set"; readonly keyword: string; readonly values: readonly string[] }
  | { readonly kind: "host"; readonly patterns: readonly string[] }
  | { readonly kind: "match"; readonly criteria: readonly string[] }
  | {
      readonly kind: "include";
      readonly patterns: readonly string[];
      readonly files: readonly (readonly SshDirective[])[];
    };

/** What the configuration says of one host; paths are expanded. */
export interface SshHostConfig {
  readonly alias: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** In file order; empty means OpenSSH's defaults. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Path of the agent's socket, or `none`; undefined means SSH_AUTH_SOCK. */
  readonly identityAgent?: string;
  readonly userKnownHostsFiles: readonly string[];
  readonly hostKeyAlias?: string;
  readonly strictHostKeyChecking: "yes" | "no" | "ask" | "accept-new";
  readonly serverAliveIntervalSeconds: number;
  readonly connectTimeoutSeconds: number;
  /** As written; we do not jump yet, and say so. */
  readonly proxyJump?: string;
  readonly proxyCommand?: string;
}

export interface SshUser {
  readonly home: string;
  readonly name: string;
}

/** Reads the text of an `ssh_config` file; never fails, unknown keywords are kept. `Include` lines come out without files. */
export function parseSshConfig(text: string): SshDirective[] {
  const directives: SshDirective[] = [];
  for (const line of text.split(/\r?\n/)) {
    const words = splitWords(line);
    const [keyword, ...values] = words;
    if (keyword === undefined) continue;
    const name = keyword.toLowerCase();
    if (name === "host") directives.push({ kind: "host", patterns: values });
    else if (name === "match") directives.push({ kind: "match", criteria: values });
    else if (name === "include") directives.push({ kind: "include", patterns: values, files: [] });
    else directives.push({ kind: "set", keyword: name, values });
  }
  return directives;
}

/** What the directives mean for `alias`: of each keyword the first value that applies counts, of IdentityFile all. */
export function resolveSshHost(
  directives: readonly SshDirective[],
  alias: string,
  user: SshUser,
): SshHostConfig {
  const found = new Map<string, string[][]>();
  collect(directives, alias, true, found);
  const first = (keyword: string) => found.get(keyword)?.[0]?.[0];
  const hostName = (first("hostname") ?? alias).replaceAll("%h", alias).replaceAll("%%", "%");
  const remoteUser = first("user") ?? user.name;
  const expand = (path: string) => expandPath(path, { user, alias, hostName, remoteUser });
  const agent = first("identityagent");
  const jump = first("proxyjump");
  const command = found.get("proxycommand")?.[0]?.join(" ");
  const hostKeyAlias = first("hostkeyalias");
  return {
    alias,
    hostName,
    port: Number(first("port") ?? 22),
    user: remoteUser,
    identityFiles: (found.get("identityfile") ?? []).flatMap(([path]) =>
      path === undefined || path.toLowerCase() === "none" ? [] : [expand(path)],
    ),
    identitiesOnly: isYes(first("identitiesonly")),
    ...(agent === undefined || agent === "SSH_AUTH_SOCK" ? {} : { identityAgent: expand(agent) }),
    userKnownHostsFiles: (found.get("userknownhostsfile")?.[0] ?? ["~/.ssh/known_hosts"]).map(expand),
    ...(hostKeyAlias === undefined ? {} : { hostKeyAlias }),
    strictHostKeyChecking: strictness(first("stricthostkeychecking")),
    serverAliveIntervalSeconds: Number(first("serveraliveinterval") ?? 15),
    connectTimeoutSeconds: Number(first("connecttimeout") ?? 20),
    ...(jump === undefined || jump.toLowerCase() === "none" ? {} : { proxyJump: jump }),
    ...(command === undefined || command.toLowerCase() === "none" ? {} : { proxyCommand: command }),
  };
}

/** The hosts that can be offered by name: all patterns without wildcards, in file order. */
export function namedHosts(directives: readonly SshDirective[]): string[] {
  const names = directives.flatMap((directive) => {
    if (directive.kind === "host") return directive.patterns.filter((pattern) => !/[*?!]/.test(pattern));
    return directive.kind === "include" ? directive.files.flatMap((file) => namedHosts(file)) : [];
  });
  return [...new Set(names)];
}

/** True when `host` matches one pattern of the list and none that is negated. Source: ssh_config(5), PATTERNS. */
export function matchesPatternList(host: string, patterns: readonly string[]): boolean {
  let matched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith("!")) {
      if (matchesPattern(host, pattern.slice(1))) return false;
    } else if (matchesPattern(host, pattern)) matched = true;
  }
  return matched;
}

/** `*` is any text, `?` any character; letters compare without case, as host names do. */
export function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(text);
}

function collect(
  directives: readonly SshDirective[],
  alias: string,
  enclosing: boolean,
  found: Map<string, string[][]>,
): void {
  let active = enclosing;
  for (const directive of directives) {
    switch (directive.kind) {
      case "host":
        active = enclosing && matchesPatternList(alias, directive.patterns);
        break;
      case "match":
        // Of Match only `all` and `host` are decided here; what cannot be decided does not apply.
        active = enclosing && matchApplies(directive.criteria, alias);
        break;
      case "include":
        for (const file of directive.files) collect(file, alias, active, found);
        break;
      case "set":
        if (active)
          found.set(directive.keyword, [...(found.get(directive.keyword) ?? []), [...directive.values]]);
    }
  }
}

function matchApplies(criteria: readonly string[], alias: string): boolean {
  const [kind, value] = criteria.map((each) => each.toLowerCase());
  if (kind === "all") return true;
  if ((kind === "host" || kind === "originalhost") && value !== undefined && criteria.length === 2) {
    return matchesPatternList(alias, value.split(","));
  }
  return false;
}

/** Words of a line: separated by blanks or one `=`, with double quotes; `#` begins a comment at a word's start. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  const normal = line.trim().replace(/^([A-Za-z]+)\s*=\s*/, "$1 ");
  for (const match of normal.matchAll(/"([^"]*)"|(\S+)/g)) {
    const word = match[1] ?? match[2] ?? "";
    if (match[1] === undefined && word.startsWith("#")) break;
    words.push(word);
  }
  return words;
}

function expandPath(
  path: string,
  context: { user: SshUser; alias: string; hostName: string; remoteUser: string },
): string {
  const tokens: Readonly<Record<string, string>> = {
    "%%": "%",
    "%d": context.user.home,
    "%h": context.hostName,
    "%n": context.alias,
    "%r": context.remoteUser,
    "%u": context.user.name,
  };
  return path.replace(/^~(?=\/|$)/, context.user.home).replace(/%./g, (token) => tokens[token] ?? token);
}

function isYes(value: string | undefined): boolean {
  return value?.toLowerCase() === "yes" || value?.toLowerCase() === "true";
}

function strictness(value: string | undefined): SshHostConfig["strictHostKeyChecking"] {
  const lower = value?.toLowerCase();
  if (lower === "no" || lower === "off") return "no";
  return lower === "yes" || lower === "accept-new" ? lower : "ask";
}
