import { constants } from "node:os";
import { EngineError } from "../error.ts";

/**
 * The number of a signal given as Docker takes it: `9`, `KILL`, `SIGKILL`, `sigkill`, `RTMIN+3`.
 * Throws `invalid-argument` with Docker's words.
 */
export function parseSignal(text: string): number {
  const upper = text.trim().toUpperCase().replace(/^SIG/, "");
  if (/^[0-9]{1,3}$/.test(upper)) {
    const number = Number(upper);
    if (number >= 1 && number <= 64) return number;
  }
  const realTime = /^RT(MIN\+|MAX-)([0-9]{1,2})$|^RT(MIN|MAX)$/.exec(upper);
  if (realTime !== null) {
    const offset = Number(realTime[2] ?? 0);
    const number = upper.startsWith("RTMIN") ? 34 + offset : 64 - offset;
    if (number >= 34 && number <= 64) return number;
  }
  const known = (constants.signals as Readonly<Record<string, number>>)[`SIG${upper}`];
  if (known === undefined || !Object.hasOwn(constants.signals, `SIG${upper}`)) {
    throw new EngineError("invalid-argument", `invalid signal: ${text}`);
  }
  return known;
}
