import type { Flag } from "../../../dockerfile/types.ts";
import { nearest } from "../../../text/nearest.ts";
import type { OffsetRange } from "../../../text/problem.ts";
import { type Finding, type Rule, replaceFix } from "../../rule.ts";
import { MOUNT_OPTIONS, MOUNT_TYPES, NETWORKS, SECURITIES } from "../../run-flags.ts";

export const runFlagValues: Rule = {
  name: "run-flag-values",
  codes: [],
  summary: "The flags of RUN have values the builder knows.",
  documentation:
    "`--network` is default, none or host; `--security` sandbox or insecure; `--mount` a list of `key=value` with a type: bind, cache, tmpfs, secret or ssh.",
  severity: "error",
  *check({ runs }) {
    for (const run of runs) {
      for (const flag of run.flags) yield* checkFlag(flag);
    }
  },
};

function* checkFlag({ name, value, valueRange }: Flag): Generator<Finding> {
  if (value === undefined || valueRange === undefined || value.includes("$")) return;
  if (name === "network") yield* checkValue("network", value, valueRange, NETWORKS);
  if (name === "security") yield* checkValue("security mode", value, valueRange, SECURITIES);
  if (name === "mount" && !/["'\s\\]/.test(value)) yield* checkMount(value, valueRange);
}

function* checkMount(value: string, range: OffsetRange): Generator<Finding> {
  const fields: { key: string; value: string; start: number }[] = [];
  let start = range.start;
  for (const field of value.split(",")) {
    const [key = "", ...rest] = field.split("=");
    fields.push({ key: key.toLowerCase(), value: rest.join("="), start });
    start += field.length + 1;
  }
  const type = fields.find(({ key }) => key === "type");
  if (type !== undefined) {
    const at = type.start + "type=".length;
    yield* checkValue("mount type", type.value, { start: at, end: at + type.value.length }, MOUNT_TYPES);
  }
  const options = MOUNT_OPTIONS.get(type?.value ?? "bind");
  if (options === undefined) return;
  for (const { key, start: at } of fields) {
    if (options.includes(key)) continue;
    const meant = nearest(key, options);
    const keyRange = { start: at, end: at + key.length };
    yield {
      range: keyRange,
      message: `a mount of type ${type?.value ?? "bind"} has no option ${key}${meant === undefined ? "" : `: did you mean ${meant}?`}`,
      fixes: meant === undefined ? [] : [replaceFix(`Write ${meant}`, keyRange, meant, true)],
    };
  }
}

function* checkValue(
  what: string,
  value: string,
  range: OffsetRange,
  known: readonly string[],
): Generator<Finding> {
  if (known.includes(value)) return;
  const meant = nearest(value, known);
  yield {
    range,
    message: `unknown ${what} ${value}: ${known.join(", ")} are known`,
    fixes: meant === undefined ? [] : [replaceFix(`Write ${meant}`, range, meant, true)],
  };
}
