import { EngineError } from "../error.ts";

const unitBytes: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `10m`, `512k`, `1g`, `1000`; in bytes. Throws `invalid-argument`. */
export function parseSize(text: string): number {
  const match = /^([0-9]+(?:\.[0-9]+)?) ?([kmg]?)i?b?$/i.exec(text.trim());
  const unit = unitBytes[(match?.[2] ?? "").toLowerCase()];
  if (match === null || unit === undefined)
    throw new EngineError("invalid-argument", `invalid size: '${text}'`);
  return Math.floor(Number(match[1]) * unit);
}
