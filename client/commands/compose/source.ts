import path from "node:path";
import type { ComposeProblem } from "../../../runtime/model/compose/types.ts";

/** The files a Compose file stands for: itself and, for one of the usual names, the override file beside it. */
export function composeFiles(file: string, exists: (file: string) => boolean): readonly string[] {
  if (!/^(docker-)?compose\.ya?ml$/.test(path.basename(file))) return [file];
  const stem = file.replace(/\.ya?ml$/, "");
  const override = [`${stem}.override.yaml`, `${stem}.override.yml`].find((each) => exists(each));
  return override === undefined ? [file] : [file, override];
}

/** One line per problem, with file and line. */
export function printProblems(
  problems: readonly ComposeProblem[],
  texts: ReadonlyMap<string, string | undefined>,
): string {
  return problems
    .map(({ file, range, message }) => {
      const line = (texts.get(file) ?? "").slice(0, range.start).split("\n").length;
      return `${path.basename(file)}:${line}: ${message}`;
    })
    .join("\n");
}
