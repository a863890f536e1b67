import type { Entry, Report, TreeNode } from "./tree.ts";
import { problemAt } from "./tree.ts";
import type { Place } from "./types.ts";

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Looks a variable up; `Object.prototype` has no say. */
export function lookUp(environment: Environment, name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}

/**
 * Fills `$VAR`, `${VAR}` and their modifiers into every string value (never into keys).
 * Source: Compose specification, "Interpolation".
 */
export function interpolate(node: TreeNode, environment: Environment, report: Report): TreeNode {
  switch (node.kind) {
    case "scalar": {
      if (typeof node.value !== "string" || !node.value.includes("$")) return node;
      const value = interpolateText(node.value, environment, node.place, report);
      return { ...node, value, source: value };
    }
    case "sequence":
      return { ...node, items: node.items.map((item) => interpolate(item, environment, report)) };
    case "mapping": {
      const fill = (item: Entry): Entry => ({ ...item, value: interpolate(item.value, environment, report) });
      return { ...node, entries: node.entries.map(fill) };
    }
  }
}

/** One text with its variables filled in; problems are reported at `place`. */
export function interpolateText(
  text: string,
  environment: Environment,
  place: Place,
  report: Report,
): string {
  const scanner = new Scanner(text, environment, place, report);
  return scanner.run(undefined);
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

class Scanner {
  readonly #text: string;
  readonly #environment: Environment;
  readonly #place: Place;
  readonly #report: Report;
  #at = 0;

  constructor(text: string, environment: Environment, place: Place, report: Report) {
    this.#text = text;
    this.#environment = environment;
    this.#place = place;
    this.#report = report;
  }

  /** Reads up to `end` (left unread) or the end of the text. */
  run(end: string | undefined): string {
    let result = "";
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]!;
      if (character === end) break;
      this.#at += 1;
      result += character === "$" ? this.#dollar() : character;
    }
    return result;
  }

  #dollar(): string {
    const next = this.#text[this.#at];
    if (next === "$") {
      this.#at += 1;
      return "$";
    }
    if (next === "{") {
      this.#at += 1;
      return this.#braced();
    }
    const name = this.#name();
    if (name === undefined)
      return this.#invalid("a dollar sign starts a variable; write $$ for the sign itself", "$");
    return this.#plain(name);
  }

  #braced(): string {
    const name = this.#name();
    if (name === undefined) return this.#invalid("a variable's name must follow ${", "${");
    const operator = /:?[-?+]/y;
    operator.lastIndex = this.#at;
    const found = operator.exec(this.#text)?.[0];
    let operand = "";
    if (found !== undefined) {
      this.#at += found.length;
      const isUsed = this.#usesOperand(found, name);
      operand = isUsed ? this.run("}") : this.#skipOperand();
    }
    if (this.#text[this.#at] !== "}") return this.#invalid(`the closing brace of \${${name} is missing`, "");
    this.#at += 1;
    return found === undefined ? this.#plain(name) : this.#apply(found, name, operand);
  }

  /** Whether the operand is part of the result: only then its own variables matter. */
  #usesOperand(operator: string, name: string): boolean {
    const isGiven = this.#isGiven(operator, name);
    return operator.endsWith("+") ? isGiven : !isGiven;
  }

  #isGiven(operator: string, name: string): boolean {
    const value = lookUp(this.#environment, name);
    return value !== undefined && (!operator.startsWith(":") || value !== "");
  }

  #skipOperand(): string {
    const quiet = new Scanner(this.#text, this.#environment, this.#place, () => {});
    quiet.#at = this.#at;
    const skipped = quiet.run("}");
    this.#at = quiet.#at;
    return skipped;
  }

  #apply(operator: string, name: string, operand: string): string {
    const isGiven = this.#isGiven(operator, name);
    if (operator.endsWith("+")) return isGiven ? operand : "";
    if (isGiven) return lookUp(this.#environment, name) ?? "";
    if (operator.endsWith("-")) return operand;
    const why = operand === "" ? "it is not set" : operand;
    this.#report(problemAt(this.#place, "required-variable", `variable ${name} is required: ${why}`));
    return "";
  }

  #plain(name: string): string {
    const value = lookUp(this.#environment, name);
    if (value === undefined) {
      const message = `variable ${name} is not set: an empty text stands in for it`;
      this.#report(problemAt(this.#place, "unset-variable", message, "warning"));
    }
    return value ?? "";
  }

  #name(): string | undefined {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name !== undefined) this.#at += name.length;
    return name;
  }

  #invalid(message: string, text: string): string {
    this.#report(problemAt(this.#place, "invalid-interpolation", `invalid interpolation: ${message}`));
    return text;
  }
}
