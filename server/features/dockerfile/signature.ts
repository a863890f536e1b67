import type { Dockerfile } from "../../../runtime/model/dockerfile/types.ts";
import { isInstructionName } from "../../../runtime/model/dockerfile/vocabulary.ts";
import type { Signature } from "../feature.ts";
import { placeAt } from "./place.ts";
import { INSTRUCTIONS } from "./reference.ts";

/** The form of the instruction around an offset, with the argument that is being written. */
export function signatureInDockerfile(tree: Dockerfile, offset: number): Signature | undefined {
  const place = placeAt(tree, offset);
  if (place.kind !== "argument") return undefined;
  const { instruction } = place;
  const inner = instruction.name === "ONBUILD" ? instruction.trigger : undefined;
  const shown = inner !== undefined && offset > inner.keyword.range.end ? inner : instruction;
  const name = shown.keyword.value.toUpperCase();
  if (!isInstructionName(name)) return undefined;
  const { syntax, about } = INSTRUCTIONS[name];
  const parameters = parametersOf(syntax);
  const before = tree.text.slice(shown.keyword.range.end, offset).trimStart().split(/\s+/);
  const current = before.at(-1) ?? "";
  const flags = parameters.filter(({ label }) => label.startsWith("[--"));
  if (current.startsWith("--")) {
    const at = flags.findIndex(({ label }) => label.includes(current.split("=", 1)[0] ?? ""));
    return { label: syntax, about, parameters, active: Math.max(at, 0) };
  }
  const written = before.filter((word) => !word.startsWith("--")).length - 1;
  return {
    label: syntax,
    about,
    parameters,
    active: Math.min(flags.length + written, parameters.length - 1),
  };
}

/** The words behind the keyword; brackets keep what belongs together. */
function parametersOf(
  syntax: string,
): { readonly label: string; readonly start: number; readonly end: number }[] {
  return [...syntax.matchAll(/\[[^\]]*\](?:…)?|\S+/g)]
    .slice(1)
    .map((match) => ({ label: match[0], start: match.index, end: match.index + match[0].length }));
}
