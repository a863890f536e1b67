import { parseDockerfile } from "../../dockerfile/parse.ts";

/** The named stages of a Dockerfile in lower case, and how many stages there are. */
export function stageNames(text: string): { readonly names: readonly string[]; readonly count: number } {
  const { stages } = parseDockerfile(text).tree;
  return {
    names: stages.flatMap(({ name }) => (name === undefined ? [] : [name.toLowerCase()])),
    count: stages.length,
  };
}
