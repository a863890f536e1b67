import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import type { OutlineSymbol } from "../feature.ts";

/** The outline: stages with their instructions; what stands before the first FROM is beside them. */
export function symbolsOfDockerfile(tree: Dockerfile): readonly OutlineSymbol[] {
  const loose = tree.instructions.filter(({ stage }) => stage < 0).map((one) => symbolOf(tree, one));
  const stages = tree.stages.map(({ name, from, instructions, index }): OutlineSymbol => {
    const last = instructions[instructions.length - 1] ?? from;
    return {
      name: name ?? from.image?.value ?? `stage ${index}`,
      detail: name === undefined ? "" : `FROM ${from.image?.value ?? ""}`,
      kind: "stage",
      range: { start: from.range.start, end: Math.max(from.range.end, last.range.end) },
      selection: (from.alias ?? from.image ?? from.keyword).range,
      children: instructions.map((one) => symbolOf(tree, one)),
    };
  });
  return [...loose, ...stages];
}

function symbolOf(tree: Dockerfile, instruction: Instruction): OutlineSymbol {
  const { keyword, range } = instruction;
  const rest = tree.text.slice(keyword.range.end, range.end).trim().split("\n", 1)[0] ?? "";
  return {
    name: keyword.raw === "" ? "?" : keyword.raw,
    detail: rest.length > 60 ? `${rest.slice(0, 60)}…` : rest,
    kind: "instruction",
    range,
    selection: keyword.range,
    children: [],
  };
}
