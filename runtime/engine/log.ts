export type LogLevel = "debug" | "info" | "warn" | "error";

/** Constant message, data in fields; never secrets or environment values. */
export interface Logger {
  readonly debug: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly info: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly error: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

/** A logger that hands each entry to `write` as one JSON line without newline; entries below `level` are dropped. */
export function jsonLogger(write: (line: string) => void, level: LogLevel = "info"): Logger {
  const order: readonly LogLevel[] = ["debug", "info", "warn", "error"];
  const least = order.indexOf(level);
  const at =
    (entryLevel: LogLevel) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (order.indexOf(entryLevel) < least) return;
      write(
        JSON.stringify({ time: new Date().toISOString(), level: entryLevel, message, ...fields }, printError),
      );
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function printError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
}
