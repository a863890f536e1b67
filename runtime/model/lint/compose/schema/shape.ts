/** A JSON schema (draft 7) as data. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** Extension keys, `x-…`, are allowed in every mapping of a Compose file. */
const EXTENSIONS: Schema = { "^x-": {} };

/** Any text; numbers are accepted where YAML would read the text as one. */
export function text(description: string, values?: readonly string[]): Schema {
  return values === undefined
    ? { type: "string", description }
    : { type: "string", description, enum: values };
}

/** A text whose usual values are offered, though others are allowed. */
export function textLike(description: string, examples: readonly string[]): Schema {
  return { description, anyOf: [{ type: "string", enum: examples }, { type: "string" }] };
}

/** A number, or a text that holds one or a variable. */
export function number(description: string): Schema {
  return { type: ["number", "string"], description };
}

/** A whole number, or a text that holds one or a variable. */
export function integer(description: string): Schema {
  return { type: ["integer", "string"], description };
}

/** true or false, or a text that holds a variable. */
export function flag(description: string): Schema {
  return { type: ["boolean", "string"], description };
}

/** A list of texts. */
export function texts(description: string): Schema {
  return { type: "array", items: { type: ["string", "number"] }, description };
}

/** One text or a list of them. */
export function textOrTexts(description: string): Schema {
  return {
    description,
    oneOf: [{ type: "string" }, { type: "array", items: { type: ["string", "number"] } }],
  };
}

/** Names and values, as a mapping or as a list of `NAME=value`. */
export function pairs(description: string): Schema {
  const values = { type: ["string", "number", "boolean", "null"] };
  return {
    description,
    oneOf: [
      { type: "object", additionalProperties: values },
      { type: "array", items: { type: "string" } },
    ],
  };
}

/** A mapping with these keys and no others. */
export function mapping(description: string, properties: Schema, required?: readonly string[]): Schema {
  const base = {
    type: "object",
    description,
    properties,
    patternProperties: EXTENSIONS,
    additionalProperties: false,
  };
  return required === undefined ? base : { ...base, required };
}

/** A mapping from names the author chooses to values of one kind. */
export function named(description: string, value: Schema): Schema {
  return {
    type: "object",
    description,
    patternProperties: { "^[a-zA-Z0-9._-]+$": value },
    additionalProperties: false,
  };
}

/** A list of values of one kind. */
export function list(description: string, items: Schema): Schema {
  return { type: "array", description, items };
}

/** One of several forms. */
export function oneOf(description: string, ...forms: readonly Schema[]): Schema {
  return { description, oneOf: forms };
}

/** A mapping that may also be left empty. */
export function optional(schema: Schema): Schema {
  return { ...schema, type: ["object", "null"] };
}

/** Something the engine of another host owns: created outside this project. */
export const EXTERNAL: Schema = {
  description: "It exists already and is neither created nor removed with the project.",
  oneOf: [
    { type: ["boolean", "string"] },
    { type: "object", properties: { name: { type: "string" } }, additionalProperties: false },
  ],
};
