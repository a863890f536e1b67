import type { Fields } from "./fields.ts";
import type { Healthcheck } from "./types.ts";

/** Source: Compose specification, "healthcheck". */
export function readHealthcheck(fields: Fields): Healthcheck {
  const healthcheck = {
    disable: fields.flag("disable") ?? false,
    test: readTest(fields),
    intervalMs: fields.durationMs("interval"),
    timeoutMs: fields.durationMs("timeout"),
    startPeriodMs: fields.durationMs("start_period"),
    startIntervalMs: fields.durationMs("start_interval"),
    retries: fields.integer("retries"),
  };
  fields.finish([]);
  const isDisabled = healthcheck.disable || healthcheck.test?.[0] === "NONE";
  return isDisabled ? { ...healthcheck, disable: true, test: ["NONE"] } : healthcheck;
}

function readTest(fields: Fields): readonly string[] | undefined {
  const node = fields.node("test");
  if (node === undefined) return undefined;
  if (node.kind !== "sequence") {
    const text = fields.text("test");
    return text === undefined ? undefined : ["CMD-SHELL", text];
  }
  const words = fields.texts("test");
  if (words[0] !== "CMD" && words[0] !== "CMD-SHELL" && words[0] !== "NONE") {
    fields.report(
      "test",
      "invalid-healthcheck",
      'a health check given as a list starts with "CMD", "CMD-SHELL" or "NONE"',
    );
    return undefined;
  }
  if (words[0] !== "NONE" && words.length < 2) {
    fields.report("test", "invalid-healthcheck", `a health check needs a command after "${words[0]}"`);
    return undefined;
  }
  return words;
}
