import { EngineError } from "../error.ts";

/**
 * Gives `value` its type or throws `invalid-argument` naming `path`. As in Docker, keys are matched without regard to
 * case when there is no exact match, unknown keys are ignored, and null is the same as absent.
 */
export type Decoder<T> = (value: unknown, path: string) => T;

type Shape<T> = { readonly [K in keyof T]-?: Decoder<NonNullable<T[K]>> };

export const string: Decoder<string> = (value, path) => {
  if (typeof value === "string") return value;
  throw mismatch(path, "a string", value);
};

export const boolean: Decoder<boolean> = (value, path) => {
  if (typeof value === "boolean") return value;
  throw mismatch(path, "true or false", value);
};

/** A whole number that a double holds exactly. */
export const integer: Decoder<number> = (value, path) => {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw mismatch(path, "a whole number", value);
};

/** `{}` of the API's sets: anything that is an object. */
export const empty: Decoder<object> = (value, path) => {
  if (isRecord(value)) return {};
  throw mismatch(path, "an object", value);
};

export function oneOf<const T extends string>(...words: readonly T[]): Decoder<T> {
  return (value, path) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const wanted = words.map((word) => `"${word}"`).join(", ");
    throw mismatch(path, `one of ${wanted}`, value);
  };
}

export function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw mismatch(path, "a list", value);
    return value.map((each, index) => item(each, `${path}[${index}]`));
  };
}

/** An object with free keys; `__proto__` is a key like any other. Null values go through `item` only if it takes them. */
export function map<T>(item: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isRecord(value)) throw mismatch(path, "an object", value);
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, item(each, `${path}.${key}`)]),
    );
  };
}

export function nullable<T>(item: Decoder<T>): Decoder<T | null> {
  return (value, path) => (value === null ? null : item(value, path));
}

/** A string, or a list of strings: how the API spells commands. */
export const stringOrList: Decoder<string | readonly string[]> = (value, path) => {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((each, index) => string(each, `${path}[${index}]`));
  throw mismatch(path, "a string or a list of strings", value);
};

/** `[height, width]` of a terminal. */
export const size: Decoder<readonly [number, number]> = (value, path) => {
  if (Array.isArray(value) && value.length === 2) {
    return [integer(value[0], `${path}[0]`), integer(value[1], `${path}[1]`)];
  }
  throw mismatch(path, "[height, width]", value);
};

/** An object of known keys, all of them optional; keys of `T` that are required are checked by `required`. */
export function object<T extends object>(shape: Shape<T>): Decoder<Partial<T>> {
  const decoders = Object.entries(shape) as [string, Decoder<unknown>][];
  const byLowerCase = new Map(decoders.map(([key]) => [key.toLowerCase(), key]));
  const exact = new Map(decoders);
  return (value, path) => {
    if (!isRecord(value)) throw mismatch(path, "an object", value);
    const found = new Map<string, unknown>();
    for (const [key, each] of Object.entries(value)) {
      const known = exact.has(key) ? key : byLowerCase.get(key.toLowerCase());
      if (known === undefined || each === null) continue;
      const decode = exact.get(known);
      if (decode === undefined || (known !== key && Object.hasOwn(value, known))) continue;
      found.set(known, decode(each, path === "" ? known : `${path}.${known}`));
    }
    // Every entry went through the decoder of its key.
    return Object.fromEntries(found) as Partial<T>;
  };
}

/** The same object with the named keys there. */
export function required<T extends object, K extends keyof T & string>(
  decode: Decoder<Partial<T>>,
  ...keys: readonly K[]
): Decoder<Partial<T> & Required<Pick<T, K>>> {
  return (value, path) => {
    const decoded = decode(value, path);
    for (const key of keys) {
      if (decoded[key] === undefined)
        throw new EngineError("invalid-argument", `${join(path, key)} is missing`);
    }
    return decoded as Partial<T> & Required<Pick<T, K>>;
  };
}

/** True for an object that is neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function mismatch(path: string, wanted: string, value: unknown): EngineError {
  const got = value === null ? "null" : Array.isArray(value) ? "a list" : nameOf(value);
  const where = path === "" ? "the body" : path;
  return new EngineError("invalid-argument", `invalid request: ${where} must be ${wanted}, got ${got}`);
}

function nameOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return "an object";
}
