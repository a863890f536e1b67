import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Completion } from "../feature.ts";
import { placeAt } from "./place.ts";

/** A path of the build context that is being written. */
export interface PathPlace {
  /** Relative to the context, `""` for the context itself. */
  readonly directory: string;
  /** The last part of the path, up to the offset. */
  readonly range: OffsetRange;
}

/** The context's path at an offset: a source of COPY or ADD, or of a bind mount; undefined elsewhere. */
export function contextPathAt(tree: Dockerfile, offset: number): PathPlace | undefined {
  const place = placeAt(tree, offset);
  if (place.kind !== "argument") return undefined;
  const { instruction } = place;
  const inner =
    instruction.name === "ONBUILD" && instruction.trigger !== undefined ? instruction.trigger : instruction;
  const start = pathStart(tree, inner, { start: place.range.start, end: offset });
  if (start === undefined) return undefined;
  const written = tree.text.slice(start, offset);
  if (/[$*?]|:\/\//.test(written) || written.split("/").includes("..")) return undefined;
  const slash = written.lastIndexOf("/");
  return {
    directory: written.slice(0, slash + 1).replace(/^(?:\.?\/)+/, ""),
    range: { start: start + slash + 1, end: offset },
  };
}

/** Files and directories as completions; what the ignore file leaves out cannot be copied and is not offered. */
export function completePaths(
  { directory, range }: PathPlace,
  names: readonly string[],
  isIgnored: (path: string) => boolean = () => false,
): readonly Completion[] {
  return names
    .filter((name) => !isIgnored(`${directory}${name.replace(/\/$/, "")}`))
    .map((name) => ({
      label: name,
      kind: "file",
      detail: name.endsWith("/") ? "directory of the build context" : "file of the build context",
      insert: /\s/.test(name) ? name.replaceAll(" ", "\\ ") : name,
      isSnippet: false,
      range,
      sort: `${name.startsWith(".") ? 1 : 0}${name}`,
    }));
}

function pathStart(tree: Dockerfile, instruction: Instruction, word: OffsetRange): number | undefined {
  const written = tree.text.slice(word.start, word.end);
  if (instruction.name === "RUN") {
    const mount = /^--mount=(?=.*type=bind)(?!.*from=).*\b(?:source|src)=/.exec(written);
    return mount === null ? undefined : word.start + mount[0].length;
  }
  if (instruction.name !== "COPY" && instruction.name !== "ADD") return undefined;
  if (written.startsWith("-") || instruction.flags.some(({ name }) => name === "from")) return undefined;
  const json = /^\[?"/.exec(written)?.[0].length ?? 0;
  const words = [...instruction.sources, ...(instruction.destination ? [instruction.destination] : [])];
  const index = words.findIndex(({ range }) => range.start <= word.end && word.end <= range.end);
  // Of several words the last is the destination; a new word behind others is one too.
  const isDestination = index < 0 ? words.length > 0 : index > 0 && index === words.length - 1;
  return isDestination ? undefined : word.start + json;
}
