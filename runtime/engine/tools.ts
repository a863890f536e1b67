import { EngineError } from "./error.ts";
import { findProgram } from "./host/detect.ts";

/** Programs without which nothing works, and the Debian package of each. conmon and crun are looked for by `detectHost`. */
const tools: readonly (readonly [program: string, debianPackage: string])[] = [
  ["ip", "iproute2"],
  ["nft", "nftables"],
  ["socat", "socat"],
  ["tar", "tar"],
  ["mount", "mount"],
];

/** Throws `unavailable` naming all that is missing and what to install. */
export async function requireTools(): Promise<void> {
  const missing: (readonly [string, string])[] = [];
  for (const tool of tools) {
    if ((await findProgram(tool[0])) === undefined) missing.push(tool);
  }
  if (missing.length === 0) return;
  const programs = missing.map(([program]) => program).join(", ");
  const packages = missing.map(([, name]) => name).join(" ");
  throw new EngineError(
    "unavailable",
    `the engine needs programs that are not installed: ${programs}; on Debian: apt-get install ${packages}`,
  );
}
