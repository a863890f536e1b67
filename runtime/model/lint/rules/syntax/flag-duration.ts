import type { Flag } from "../../../dockerfile/types.ts";
import { nameRangeOf } from "../../flags.ts";
import { everyInstruction } from "../../instructions.ts";
import { type Finding, type Rule, replaceFix } from "../../rule.ts";

const DURATIONS = new Set(["interval", "timeout", "start-period", "start-interval"]);
/** Nanoseconds of each unit. Source: Go, time.ParseDuration. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["µs", 1e3],
  ["μs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
]);

export const flagDuration: Rule = {
  name: "flag-duration",
  codes: ["FLAG_INVALID_DURATION", "FLAG_MISSING_DURATION", "FLAG_UNKNOWN_UNIT", "FLAG_LESS_THAN_1MS"],
  summary: "The times of HEALTHCHECK are durations of at least a millisecond.",
  documentation:
    "A number with its unit, or several: `30s`, `1m30s`, `500ms`. `0s` is no time but the default, so it is reported too, except for the start period, whose default is none.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      if (instruction.name !== "HEALTHCHECK") continue;
      for (const flag of instruction.flags) {
        if (!DURATIONS.has(flag.name) || flag.value === undefined || flag.value === "") continue;
        const finding = judge(flag, flag.value);
        if (finding !== undefined) yield finding;
      }
    }
  },
};

function judge(flag: Flag, value: string): Finding | undefined {
  const range = flag.valueRange ?? flag.range;
  const duration = readDuration(value);
  if (duration.problem !== undefined) {
    const isBare = /^\d+$/.test(value) && duration.code === "FLAG_MISSING_DURATION";
    const fixes = isBare ? [replaceFix(`Write ${value}s`, range, `${value}s`, false)] : [];
    return { range, message: `${duration.problem} in duration ${value}`, codes: [duration.code], fixes };
  }
  if (duration.nanoseconds >= 1e6 || (duration.nanoseconds === 0 && flag.name === "start-period"))
    return undefined;
  return {
    range: nameRangeOf(flag),
    message: `--${flag.name} cannot be less than 1ms`,
    codes: ["FLAG_LESS_THAN_1MS"],
  };
}

type Duration =
  | { readonly nanoseconds: number; readonly problem?: undefined }
  | { readonly problem: string; readonly code: string };

function readDuration(text: string): Duration {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const rest = text.slice(sign.length);
  if (rest === "0") return { nanoseconds: 0 };
  const part = /(\d*\.?\d*)([^\d.]*)/y;
  let total = 0;
  while (part.lastIndex < rest.length) {
    const [, number = "", unit = ""] = part.exec(rest) ?? [];
    if (!/\d/.test(number)) return { problem: "invalid number", code: missingOrInvalid(number) };
    if (unit === "") return { problem: "missing unit", code: "FLAG_MISSING_DURATION" };
    const size = UNITS.get(unit);
    if (size === undefined) return { problem: `unknown unit ${unit}`, code: "FLAG_UNKNOWN_UNIT" };
    total += Number(number) * size;
  }
  return { nanoseconds: sign === "-" ? -total : total };
}

function missingOrInvalid(number: string): string {
  return number === "." ? "FLAG_MISSING_DURATION" : "FLAG_INVALID_DURATION";
}
