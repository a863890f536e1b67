import { quoteWord } from "./shell-word.ts";

/** What a look at the host showed. */
export interface RemoteFacts {
  readonly system: string;
  /** `x86_64`, `aarch64`, … as `uname -m` says. */
  readonly machine: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly canSudo: boolean;
  /** Program name to path. */
  readonly tools: ReadonlyMap<string, string>;
  readonly node?: { readonly path: string; readonly major: number };
  /** 36 for glibc 2.36; undefined when its C library is another one. */
  readonly glibcMinor?: number;
  /** Absolute paths in `REMOTE_ROOT/bin`, and of `REMOTE_ROOT/tools-HASH`. */
  readonly uploaded: readonly string[];
  /** The engine that was started there last, when it still runs. */
  readonly engine?: { readonly pid: number; readonly command: string };
}

/** A file of this machine that the host may need; `name` carries its hash, so that an upload is done once. */
export interface Upload {
  readonly what: string;
  readonly source: string;
  readonly name: string;
  readonly sha256: string;
}

/** Programs of this machine that could be uploaded; `name` carries the hash of all of them. */
export interface ToolSet {
  readonly name: string;
  readonly programs: readonly string[];
  readonly machine: string;
  /** The oldest glibc 2 they run with. */
  readonly glibcMinor: number;
}

export interface RemoteWish {
  /** `~/.berth`, or absolute. */
  readonly remoteRoot: string;
  readonly bundle: Upload;
  /** A Node binary of this machine, for hosts of the same kind that lack one. */
  readonly node?: Upload & { readonly machine: string };
  /** Those of the host's missing programs that this machine has. */
  readonly tools?: ToolSet;
}

/** One thing to be done on the host, with the reason a user may ask about. */
export type RemoteStep =
  | { readonly op: "upload"; readonly upload: Upload; readonly target: string; readonly cause: string }
  | {
      readonly op: "upload tools";
      readonly programs: readonly string[];
      readonly target: string;
      readonly cause: string;
    }
  | { readonly op: "install"; readonly packages: readonly string[]; readonly cause: string }
  | { readonly op: "stop"; readonly pid: number; readonly cause: string }
  | { readonly op: "start"; readonly argv: readonly string[]; readonly cause: string };

export interface RemotePaths {
  readonly root: string;
  readonly bin: string;
  readonly data: string;
  readonly socket: string;
  readonly log: string;
  readonly pid: string;
}

export type RemotePlan =
  | { readonly kind: "do"; readonly paths: RemotePaths; readonly steps: readonly RemoteStep[] }
  | { readonly kind: "impossible"; readonly message: string };

const oldestNode = 24;

/** Programs the engine runs, and the Debian package of each; of an inner list one is enough. */
const requirements: readonly { readonly programs: readonly string[]; readonly debianPackage: string }[] = [
  { programs: ["crun", "runc"], debianPackage: "crun" },
  { programs: ["conmon"], debianPackage: "conmon" },
  { programs: ["nft"], debianPackage: "nftables" },
  { programs: ["ip"], debianPackage: "iproute2" },
  { programs: ["socat"], debianPackage: "socat" },
];

/** A POSIX script that looks at the host and changes nothing; its output is read by `parseFacts`. */
export function probeScript(remoteRoot: string): string {
  const root = remoteRoot.startsWith("~/")
    ? `"$HOME"/${quoteWord(remoteRoot.slice(2))}`
    : quoteWord(remoteRoot);
  const programs = [
    ...requirements.flatMap((each) => each.programs),
    "apt-get",
    "gzip",
    "sha256sum",
    "setsid",
    "tar",
  ];
  return `PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root=${root}
echo "system=$(uname -s)"
echo "machine=$(uname -m)"
echo "uid=$(id -u)"
echo "gid=$(id -g)"
echo "home=$HOME"
if sudo -n true 2>/dev/null; then echo sudo=yes; fi
for tool in ${programs.join(" ")}; do
  found=$(command -v "$tool" 2>/dev/null) && echo "tool.$tool=$found"
done
node=$(command -v node 2>/dev/null) && echo "node=$node" && echo "nodeVersion=$("$node" --version 2>/dev/null)"
echo "glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null)"
for file in "$root"/bin/*; do [ -f "$file" ] && echo "file=$file"; done
for folder in "$root"/tools-*; do [ -f "$folder/SHA256SUMS" ] && echo "file=$folder"; done
pid=$(cat "$root/engine.pid" 2>/dev/null) && [ -r "/proc/$pid/cmdline" ] && echo "pid=$pid" &&
  echo "command=$(tr '\\0' ' ' <"/proc/$pid/cmdline")"
exit 0
`;
}

/** Reads what `probeScript` printed. */
export function parseFacts(stdout: string): RemoteFacts {
  const values = new Map<string, string>();
  const uploaded: string[] = [];
  const tools = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const at = line.indexOf("=");
    if (at < 0) continue;
    const [key, value] = [line.slice(0, at), line.slice(at + 1)];
    if (key === "file") uploaded.push(value);
    else if (key.startsWith("tool.")) tools.set(key.slice("tool.".length), value);
    else values.set(key, value);
  }
  const node = values.get("node");
  const major = Number(/^v(\d+)\./.exec(values.get("nodeVersion") ?? "")?.[1] ?? 0);
  const glibc = /^glibc 2\.(\d+)/.exec(values.get("glibc") ?? "");
  const pid = Number(values.get("pid") ?? 0);
  return {
    system: values.get("system") ?? "",
    machine: values.get("machine") ?? "",
    uid: Number(values.get("uid") ?? -1),
    gid: Number(values.get("gid") ?? -1),
    home: values.get("home") ?? "",
    canSudo: values.get("sudo") === "yes",
    tools,
    ...(node === undefined ? {} : { node: { path: node, major } }),
    ...(glibc === null ? {} : { glibcMinor: Number(glibc[1]) }),
    uploaded,
    ...(pid > 0 ? { engine: { pid, command: values.get("command") ?? "" } } : {}),
  };
}

/** Where things stand on the host. */
export function remotePaths(facts: RemoteFacts, remoteRoot: string): RemotePaths {
  const root = remoteRoot.replace(/^~(?=\/|$)/, facts.home).replace(/\/+$/, "");
  return {
    root,
    bin: `${root}/bin`,
    data: `${root}/data`,
    socket: `${root}/engine.sock`,
    log: `${root}/engine.log`,
    pid: `${root}/engine.pid`,
  };
}

/** Decides what has to be done so that our engine runs there; `answers` says whether its socket does already. */
export function planProvisioning(facts: RemoteFacts, wish: RemoteWish, answers: boolean): RemotePlan {
  const paths = remotePaths(facts, wish.remoteRoot);
  const bundle = `${paths.bin}/${wish.bundle.name}`;
  const isCurrent = facts.engine?.command.includes(bundle) ?? false;
  if (answers && (isCurrent || facts.engine === undefined)) return { kind: "do", paths, steps: [] };
  if (facts.system !== "Linux") return impossible(`the host runs ${facts.system}; the engine needs Linux`);
  if (facts.uid !== 0 && !facts.canSudo) {
    return impossible(
      "the engine needs root there: log in as root, or allow this user sudo without a password",
    );
  }
  const node = chooseNode(facts, wish, paths);
  if (typeof node === "string") return impossible(node);
  const missing = missingPrograms(facts);
  const obstacle = missing.length === 0 ? undefined : toolsObstacle(facts, wish.tools);
  const programs = obstacle === undefined ? (wish.tools?.programs ?? []) : [];
  const packages = missing
    .filter((each) => !each.programs.some((program) => programs.includes(program)))
    .map((each) => each.debianPackage);
  if (packages.length > 0 && !facts.tools.has("apt-get")) {
    const why = obstacle ?? "this machine has none of them to upload";
    return impossible(
      `the host lacks ${packages.join(", ")}: ${why}, and there is no apt-get to install them with; please install them there`,
    );
  }
  const steps: RemoteStep[] = [];
  const tools =
    programs.length > 0 && wish.tools !== undefined ? `${paths.root}/${wish.tools.name}` : undefined;
  if (tools !== undefined && !facts.uploaded.includes(tools)) {
    const cause = "the engine runs on them, and the host lacks them";
    steps.push({ op: "upload tools", programs, target: tools, cause });
  }
  if (packages.length > 0) {
    steps.push({ op: "install", packages, cause: `the engine runs on them, and the host lacks them` });
  }
  steps.push(...uploadOf(facts, wish.bundle, paths, "the host does not have this version of the engine"));
  if (node.upload !== undefined) {
    steps.push(...uploadOf(facts, node.upload, paths, `the host has no Node ${oldestNode}`));
  }
  if (facts.engine !== undefined) {
    const cause = isCurrent ? "the engine there does not answer" : "the engine there is of another version";
    steps.push({ op: "stop", pid: facts.engine.pid, cause });
  }
  const engine = [node.path, bundle, "engine", "--root", paths.data, "--socket", paths.socket];
  if (tools !== undefined) engine.push("--tools", tools);
  const argv = facts.uid === 0 ? engine : ["sudo", "-n", ...engine];
  steps.push({ op: "start", argv, cause: "no engine runs there" });
  return { kind: "do", paths, steps };
}

/** One line per step, for the log. */
export function printStep(step: RemoteStep): string {
  switch (step.op) {
    case "upload":
      return `upload ${step.upload.what} to ${step.target} (${step.cause})`;
    case "upload tools":
      return `upload ${step.programs.join(" ")} to ${step.target} (${step.cause})`;
    case "install":
      return `install ${step.packages.join(" ")} (${step.cause})`;
    case "stop":
      return `stop process ${step.pid} (${step.cause})`;
    case "start":
      return `start ${step.argv.join(" ")} (${step.cause})`;
  }
}

function chooseNode(
  facts: RemoteFacts,
  wish: RemoteWish,
  paths: RemotePaths,
): { readonly path: string; readonly upload?: Upload } | string {
  if (facts.node !== undefined && facts.node.major >= oldestNode) return { path: facts.node.path };
  const lack =
    facts.node === undefined
      ? `the host has no Node ${oldestNode}`
      : `the host's Node (${facts.node.path}) is version ${facts.node.major}, ${oldestNode} is needed`;
  if (wish.node === undefined) return `${lack}, and this editor has none to upload; please install it there`;
  if (wish.node.machine !== facts.machine) {
    return `${lack}, and ours is for ${wish.node.machine}, not for ${facts.machine}; please install it there`;
  }
  return { path: `${paths.bin}/${wish.node.name}`, upload: wish.node };
}

function uploadOf(facts: RemoteFacts, upload: Upload, paths: RemotePaths, cause: string): RemoteStep[] {
  const target = `${paths.bin}/${upload.name}`;
  return facts.uploaded.includes(target) ? [] : [{ op: "upload", upload, target, cause }];
}

/** What the engine runs on and the host lacks; of the programs of one requirement any is enough. */
function missingPrograms(facts: RemoteFacts): (typeof requirements)[number][] {
  return requirements.filter((each) => !each.programs.some((program) => facts.tools.has(program)));
}

/** The programs to upload, the best of each requirement, when this machine has them. */
export function wantedPrograms(facts: RemoteFacts): string[] {
  return missingPrograms(facts).flatMap((each) => each.programs.slice(0, 1));
}

/** Why our programs do not run there; undefined when they do. */
function toolsObstacle(facts: RemoteFacts, tools: ToolSet | undefined): string | undefined {
  if (tools === undefined) return "this machine has none of them to upload";
  if (tools.machine !== facts.machine) return `ours are for ${tools.machine}, not for ${facts.machine}`;
  if (facts.glibcMinor === undefined) return "ours need glibc, which the host does not have";
  if (facts.glibcMinor < tools.glibcMinor) {
    return `ours need glibc 2.${tools.glibcMinor}, and the host has 2.${facts.glibcMinor}`;
  }
  return facts.tools.has("tar") ? undefined : "without tar on the host ours cannot be unpacked";
}

function impossible(message: string): RemotePlan {
  return { kind: "impossible", message };
}
