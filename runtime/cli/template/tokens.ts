import { TemplateError } from "./template-error.ts";

export type Token =
  | { readonly kind: "text"; readonly text: string }
  /** The tokens between `{{` and `}}`. */
  | { readonly kind: "action"; readonly words: readonly Word[]; readonly source: string };

export type Word =
  | { readonly kind: "literal"; readonly value: string | number }
  | { readonly kind: "variable" | "field" | "name" | "sign"; readonly text: string };

const wordPattern =
  /\s+|(?<string>"(?:[^"\\]|\\.)*")|(?<raw>`[^`]*`)|(?<variable>\$\w*)|(?<field>\.[A-Za-z_]\w*)|(?<number>[+-]?\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*)|(?<sign>:=|[=|(),.])/gsy;

/** Text and actions, with `{{-` and `-}}` having trimmed the text beside them. Throws `TemplateError`. */
export function splitTemplate(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimsNext = false;
  for (const match of source.matchAll(/\{\{(-\s)?(.*?)(\s-)?\}\}/gs)) {
    const [whole, trimsBefore, inside = "", trimsAfter] = match;
    pushText(source.slice(at, match.index), trimsNext, trimsBefore !== undefined);
    at = match.index + whole.length;
    trimsNext = trimsAfter !== undefined;
    const isComment = /^\/\*.*\*\/$/s.test(inside.trim());
    if (!isComment) tokens.push({ kind: "action", words: splitAction(inside, whole), source: whole });
  }
  pushText(source.slice(at), trimsNext, false);
  return tokens;

  function pushText(text: string, trimsStart: boolean, trimsEnd: boolean) {
    if (text.includes("{{"))
      throw new TemplateError(`template parsing error: ${text.trim()} is not closed by }}`);
    const start = trimsStart ? text.trimStart() : text;
    const kept = trimsEnd ? start.trimEnd() : start;
    if (kept !== "")
      tokens.push({ kind: "text", text: kept.replaceAll("\\t", "\t").replaceAll("\\n", "\n") });
  }
}

function splitAction(inside: string, whole: string): readonly Word[] {
  const words: Word[] = [];
  let end = 0;
  for (const match of inside.matchAll(wordPattern)) {
    end = match.index + match[0].length;
    const { string, raw, variable, field, number, name, sign } = match.groups ?? {};
    if (string !== undefined) words.push({ kind: "literal", value: unquote(string, whole) });
    else if (raw !== undefined) words.push({ kind: "literal", value: raw.slice(1, -1) });
    else if (number !== undefined) words.push({ kind: "literal", value: Number(number) });
    else if (variable !== undefined) words.push({ kind: "variable", text: variable.slice(1) });
    else if (field !== undefined) words.push({ kind: "field", text: field.slice(1) });
    else if (name !== undefined) words.push({ kind: "name", text: name });
    else if (sign !== undefined) words.push({ kind: "sign", text: sign });
    // A field right after a word belongs to it; after a space it is an argument of its own.
    else words.push({ kind: "sign", text: " " });
  }
  if (end < inside.length) {
    throw new TemplateError(`template parsing error: unexpected ${inside.slice(end).trim()} in ${whole}`);
  }
  return words;
}

function unquote(quoted: string, whole: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw new TemplateError(`template parsing error: ${quoted} in ${whole} is no string`);
  }
}
