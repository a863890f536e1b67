import { EngineError } from "../error.ts";
import type { Filters } from "./backend.ts";
import { type Call, jsonQuery } from "./call.ts";
import { type Decoder, isRecord, string } from "./decode.ts";

/** The `filters` parameter. Throws `invalid-argument`, also for a key that is not in `known`. */
export function filters(call: Call, known: readonly string[]): Filters {
  const decoded = jsonQuery(call, "filters", decodeFilters) ?? {};
  for (const key of Object.keys(decoded)) {
    if (!known.includes(key)) throw new EngineError("invalid-argument", `invalid filter '${key}'`);
  }
  return decoded;
}

/** Both spellings live: `{"label":["a"]}` and `{"label":{"a":true}}`. */
export const decodeFilters: Decoder<Filters> = (value, path) => {
  if (!isRecord(value))
    throw new EngineError("invalid-argument", `invalid filters: ${path} must be an object`);
  return Object.fromEntries(
    Object.entries(value).map(([key, values]): [string, readonly string[]] => {
      if (Array.isArray(values)) return [key, values.map((each) => string(each, `${path}.${key}`))];
      if (!isRecord(values)) {
        throw new EngineError("invalid-argument", `invalid filters: ${path}.${key} must be a list`);
      }
      return [key, Object.keys(values).filter((each) => values[each] === true)];
    }),
  );
};
