import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../error.ts";
import { type CgroupLayout, cgroupLayout } from "./cgroup-layout.ts";
import { detectLimitSupport, type LimitSupport } from "./limit-support.ts";
import { programPath, run } from "./run.ts";

export interface InstalledRuntime {
  readonly name: "crun" | "runc";
  readonly path: string;
  readonly version: string;
}

export interface HostFacts extends LimitSupport {
  /** What containers get that ask for none. */
  readonly runtime: InstalledRuntime;
  /** All that are installed, the default first. */
  readonly runtimes: readonly InstalledRuntime[];
  readonly conmon: { readonly path: string; readonly version: string };
  readonly cgroups: CgroupLayout;
  /** Docker's word: 1 or 2. */
  readonly cgroupVersion: "1" | "2";
  /** Bounding set of the engine, `000001ffffffffff`. */
  readonly capabilityMask: string;
  readonly hasSeccomp: boolean;
  /** `amd64`, `arm64`. */
  readonly architecture: string;
  /** What a user should know: an old runtime, a missing controller. */
  readonly warnings: readonly string[];
}

/** Looks at programs, cgroups and kernel. Throws `unavailable` with what to install when containers cannot run here. */
export async function detectHost(signal: AbortSignal): Promise<HostFacts> {
  const conmonPath = await findProgram("conmon");
  if (conmonPath === undefined) {
    throw new EngineError(
      "unavailable",
      "conmon was not found: containers need it; install the package conmon",
    );
  }
  const runtimes = await findRuntimes(signal);
  const [runtime] = runtimes;
  if (runtime === undefined) {
    throw new EngineError(
      "unavailable",
      "neither crun nor runc was found: install the package crun (or runc)",
    );
  }
  const conmonVersion = await run({ argv: [conmonPath, "--version"], parse: firstVersion }, signal);
  const cgroups = await cgroupLayout();
  const status = await readFile("/proc/self/status", "utf8");
  const limits = await detectLimitSupport(cgroups);
  return {
    runtime,
    runtimes,
    conmon: { path: conmonPath, version: conmonVersion },
    cgroups,
    cgroupVersion: cgroups === "unified" ? "2" : "1",
    ...limits,
    capabilityMask: /^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0",
    hasSeccomp: /^Seccomp:/m.test(status),
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    warnings: [
      ...(runtime.name === "runc"
        ? ["crun was not found: using runc, which starts containers more slowly"]
        : []),
      ...runtimes.flatMap(oldRuntimeWarning),
      ...(limits.hasSwapLimit ? [] : ["No swap limit support"]),
    ],
  };
}

const firstVersion = (text: string) => /([0-9]+(?:\.[0-9]+)+)/.exec(text)?.[1] ?? "unknown";

/** crun first: it starts containers in a fraction of the time. */
async function findRuntimes(signal: AbortSignal): Promise<InstalledRuntime[]> {
  const found = await Promise.all(
    (["crun", "runc"] as const).map(async (name) => {
      const path = await findProgram(name);
      if (path === undefined) return [];
      return [{ name, path, version: await run({ argv: [path, "--version"], parse: firstVersion }, signal) }];
    }),
  );
  return found.flat();
}

/** The first of the directories programs are run from that has an executable `name`. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const directory of programPath().split(":")) {
    const path = join(directory, name);
    if (await exists(path, constants.X_OK)) return path;
  }
  return undefined;
}

/** Runtimes before these can be tricked through masked paths (CVE-2025-31133, -52565, -52881). */
function oldRuntimeWarning({ name, version }: InstalledRuntime): string[] {
  const least = name === "crun" ? [1, 25] : [1, 2, 8];
  const parts = version.split(".").map(Number);
  for (let i = 0; i < least.length; i++) {
    const have = parts[i] ?? 0;
    const need = least[i] ?? 0;
    if (have > need) return [];
    if (have < need) {
      return [
        `${name} ${version} is older than ${least.join(".")}: known weaknesses (CVE-2025-31133) are not fixed in it`,
      ];
    }
  }
  return [];
}

async function exists(path: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
