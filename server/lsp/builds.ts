import type { TextDocument } from "vscode-languageserver-textdocument";
import type { BuiltParameters } from "../../runtime/model/dockerfile/built.ts";
import type { Dockerfile } from "../../runtime/model/dockerfile/types.ts";
import type { Problem } from "../../runtime/model/text/problem.ts";
import {
  type BuildHint,
  type BuildResult,
  buildHints,
  buildProblems,
  rememberBuild,
} from "../features/dockerfile/build-result.ts";

/** What the last build of each open Dockerfile said. */
export class Builds {
  readonly #results = new Map<string, BuildResult>();

  remember(document: TextDocument, tree: Dockerfile, { instructions }: BuiltParameters): void {
    const offsetOfLine = (line: number) => document.offsetAt({ line: line - 1, character: 0 });
    this.#results.set(document.uri, rememberBuild(tree, instructions, offsetOfLine));
  }

  hints(uri: string, tree: Dockerfile): readonly BuildHint[] {
    const result = this.#results.get(uri);
    return result === undefined ? [] : buildHints(tree, result);
  }

  problems(uri: string, tree: Dockerfile): readonly Problem[] {
    const result = this.#results.get(uri);
    return result === undefined ? [] : buildProblems(tree, result);
  }

  forget(uri: string): void {
    this.#results.delete(uri);
  }
}
