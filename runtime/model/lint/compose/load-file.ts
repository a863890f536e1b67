import { loadProject, type ProjectLoad } from "../../compose/load.ts";
import { type ComposeParse, parseCompose } from "../../compose/parse.ts";
import { directoryOf } from "../../compose/paths.ts";
import { chooseProject, relatedFiles } from "../../compose/project-choice.ts";
import type { ComposeProblem } from "../../compose/types.ts";
import type { LintMemory } from "./memory.ts";
import type { ComposeSource } from "./source.ts";

export interface FileLoad {
  readonly load: ProjectLoad;
  /** Absolute paths of files that are not known and matter. */
  readonly wanted: ReadonlySet<string>;
}

/** The project a file is meant for: alone, with the files beside it, or on top of them where that makes more sense. */
export function loadFile(source: ComposeSource, own: ComposeParse, memory: LintMemory): FileLoad {
  const { path, others, environment } = source;
  const choice = chooseProject(path, (one) => others.get(one) !== undefined, environment);
  let load = loadFiles(source, own, choice.isCertain ? choice.files : [path], memory);
  if (!choice.isCertain && load.problems.some(isOfPart)) {
    const onTop = loadFiles(source, own, choice.files, memory);
    if (errorsIn(onTop, path) < errorsIn(load, path)) load = onTop;
  }
  const named = [...relatedFiles(path), ...choice.files].filter((one) => one !== path && !others.has(one));
  return { load, wanted: new Set([...named, ...load.wanted]) };
}

/** Mistakes that a file has when it is only a part of a project. */
function isOfPart({ code }: ComposeProblem): boolean {
  return code === "no-image" || code.startsWith("undefined-");
}

function errorsIn({ problems }: ProjectLoad, path: string): number {
  return problems.filter(({ file, severity }) => file === path && severity === "error").length;
}

function loadFiles(
  { path, text, environment, others, parse = parseCompose }: ComposeSource,
  own: ComposeParse,
  files: readonly string[],
  memory: LintMemory,
): ProjectLoad {
  return loadProject({
    files,
    directory: directoryOf(files[0] ?? path),
    // Every service counts, whichever profile it belongs to.
    profiles: ["*"],
    environment,
    parse: (one, file) => (file === path && one === text ? own : parse(one, file)),
    documents: new Map([...others, [path, text]]),
    memory: memory.project,
  });
}
