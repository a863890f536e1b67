/** What is known of the machine before the bundled engine is started. */
export interface LaunchFacts {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** `sudo -n` works. */
  readonly canSudo: boolean;
  readonly uid: number;
  readonly gid: number;
  /** Node binaries in order of preference, with their versions ("24.1.0"); those that do not run are left out. */
  readonly nodes: readonly {
    readonly path: string;
    readonly version: string;
    readonly isElectron: boolean;
  }[];
  readonly hasBundle: boolean;
}

export interface LaunchOptions {
  readonly bundle: string;
  readonly root: string;
  readonly socket: string;
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  /** Where ports are published that name no address; undefined for everywhere. */
  readonly publishIp?: string | undefined;
}

/** A decision: what to run, or why it cannot be. */
export type Launch =
  | {
      readonly kind: "run";
      readonly argv: readonly [string, ...string[]];
      readonly env: Readonly<Record<string, string>>;
      /** Gives the socket to the user when the engine runs as root for them. */
      readonly afterwards?: readonly [string, ...string[]];
    }
  | { readonly kind: "impossible"; readonly message: string };

/** The first with zstd, which layers may be compressed with. Source: Node's documentation of `zlib`. */
const oldestNode = "22.15";

/** Whether the bundled engine runs on this Node; what it uses of newer ones its bundle brings along. */
export function runsEngine(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 8) || (major === 22 && minor >= 15);
}

/** Decides how the bundled engine is started on this machine; runs nothing. */
export function planLaunch(facts: LaunchFacts, options: LaunchOptions): Launch {
  if (facts.platform !== "linux") {
    return impossible(
      "The bundled engine runs on Linux only. Add an SSH host, or the socket of an engine that runs here.",
    );
  }
  if (!facts.hasBundle) return impossible(`The bundled engine is missing: ${options.bundle} does not exist.`);
  const node = facts.nodes.find((each) => runsEngine(each.version));
  if (node === undefined) {
    const found = facts.nodes.map((each) => `${each.path} is ${each.version}`).join(", ") || "none was found";
    return impossible(
      `The bundled engine needs Node ${oldestNode} or newer (${found}). Set "berth.engine.nodePath".`,
    );
  }
  const env: Record<string, string> = node.isElectron ? { ELECTRON_RUN_AS_NODE: "1" } : {};
  const engine = [node.path, options.bundle, "engine", ...engineArguments(options)];
  if (facts.isRoot) return { kind: "run", argv: [engine[0] ?? "", ...engine.slice(1)], env };
  if (!facts.canSudo) {
    return impossible(
      "The bundled engine needs root, and sudo asks for a password here. Start it in a terminal with " +
        `"sudo ${engine.join(" ")}", or allow sudo without a password.`,
    );
  }
  const assignments = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  return {
    kind: "run",
    argv: ["sudo", "-n", ...assignments, ...engine],
    env: {},
    afterwards: ["sudo", "-n", "chown", `${facts.uid}:${facts.gid}`, options.socket],
  };
}

function engineArguments(options: LaunchOptions): string[] {
  return [
    "--root",
    options.root,
    "--socket",
    options.socket,
    ...options.registryMirrors.flatMap((url) => ["--registry-mirror", url]),
    ...options.insecureRegistries.flatMap((host) => ["--insecure-registry", host]),
    ...(options.publishIp === undefined ? [] : ["--publish-ip", options.publishIp]),
  ];
}

function impossible(message: string): Launch {
  return { kind: "impossible", message };
}
