import type { Dockerfile } from "../dockerfile/types.ts";
import type { OffsetRange } from "../text/problem.ts";

/** Which rules the comments of a file switch off, and where. Names are lower case; `all` stands for every rule. */
export interface Suppressions {
  readonly everywhere: ReadonlySet<string>;
  readonly perInstruction: readonly { readonly range: OffsetRange; readonly names: ReadonlySet<string> }[];
  /** `# check=error=true`: findings of this file are errors. */
  readonly isError: boolean;
}

/**
 * Reads both styles: BuildKit's `# check=skip=A,B;error=true`, on the first lines for the file or directly above one
 * instruction, and hadolint's `# hadolint ignore=A,B` above an instruction and `# hadolint global ignore=A`.
 */
export function readSuppressions(tree: Dockerfile): Suppressions {
  const everywhere = new Set<string>();
  const perInstruction: { range: OffsetRange; names: ReadonlySet<string> }[] = [];
  let isError = false;
  for (const directive of tree.directives) {
    if (directive.name.toLowerCase() !== "check") continue;
    const check = parseCheck(directive.value);
    for (const name of check.skip) everywhere.add(name);
    isError ||= check.isError;
  }
  for (const comment of tree.comments) {
    const pragma = parsePragma(tree.text.slice(comment.start, comment.end));
    if (pragma === undefined) continue;
    isError ||= pragma.isError;
    const target = pragma.isGlobal ? undefined : instructionBelow(tree, comment);
    if (target === undefined) {
      if (pragma.isGlobal || isBeforeAll(tree, comment))
        for (const name of pragma.names) everywhere.add(name);
    } else perInstruction.push({ range: target, names: new Set(pragma.names) });
  }
  return { everywhere, perInstruction, isError };
}

/** Whether one of a rule's names is switched off at an offset. */
export function isSuppressed(suppressions: Suppressions, names: readonly string[], offset: number): boolean {
  const hit = (set: ReadonlySet<string>): boolean => set.has("all") || names.some((name) => set.has(name));
  if (hit(suppressions.everywhere)) return true;
  return suppressions.perInstruction.some(
    ({ range, names: set }) => range.start <= offset && offset <= range.end && hit(set),
  );
}

interface Pragma {
  readonly names: readonly string[];
  readonly isGlobal: boolean;
  readonly isError: boolean;
}

function parsePragma(comment: string): Pragma | undefined {
  const check = /^\s*#\s*check\s*=(.*)$/i.exec(comment);
  if (check !== null) {
    const { skip, isError } = parseCheck(check[1]!);
    return { names: skip, isGlobal: false, isError };
  }
  const hadolint = /^\s*#\s*hadolint\s+(global\s+)?ignore\s*=\s*([^#]*)/i.exec(comment);
  if (hadolint === null) return undefined;
  return { names: splitNames(hadolint[2]!), isGlobal: hadolint[1] !== undefined, isError: false };
}

function parseCheck(value: string): { readonly skip: readonly string[]; readonly isError: boolean } {
  let skip: readonly string[] = [];
  let isError = false;
  for (const part of value.split(";")) {
    const [key = "", setting = ""] = part.split("=", 2).map((text) => text.trim());
    if (key.toLowerCase() === "skip") skip = splitNames(setting);
    if (key.toLowerCase() === "error") isError = setting.toLowerCase() === "true";
  }
  return { skip, isError };
}

function splitNames(list: string): readonly string[] {
  return list
    .split(/[,\s]+/)
    .map((name) => name.toLowerCase())
    .filter((name) => name !== "");
}

/** The instruction that follows the comment with nothing but comments between. */
function instructionBelow(tree: Dockerfile, comment: OffsetRange): OffsetRange | undefined {
  const next = tree.instructions.find((instruction) => instruction.range.start >= comment.end);
  if (next === undefined) return undefined;
  const between = tree.text.slice(comment.end, next.range.start);
  return between.split("\n").every((line, index) => index === 0 || /^\s*(#.*)?$/.test(line)) &&
    !/\n\s*\n/.test(between)
    ? next.range
    : undefined;
}

function isBeforeAll(tree: Dockerfile, comment: OffsetRange): boolean {
  return tree.instructions.every((instruction) => instruction.range.start >= comment.end);
}
