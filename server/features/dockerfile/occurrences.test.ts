import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../runtime/model/dockerfile/parse.ts";
import { occurrencesInDockerfile } from "./occurrences.ts";

/** The text with every occurrence of what stands at `|` in brackets; `!` marks declarations. */
function occurrences(source: string): string {
  const offset = source.indexOf("|");
  const text = source.slice(0, offset) + source.slice(offset + 1);
  const found = occurrencesInDockerfile(parseDockerfile(text).tree, offset);
  let marked = text;
  for (const { range, isDeclaration } of found?.places.toReversed() ?? []) {
    const name = text.slice(range.start, range.end);
    marked = `${marked.slice(0, range.start)}[${name}${isDeclaration ? "!" : ""}]${marked.slice(range.end)}`;
  }
  return marked;
}

test("a stage by name and number, in FROM, --from and mounts", () => {
  assert.equal(
    occurrences(
      "FROM a AS bui|ld\nFROM build\nCOPY --from=build /a /b\nCOPY --from=0 /a /b\nRUN --mount=type=bind,from=build,target=/x x\n",
    ),
    "FROM a AS [build!]\nFROM [build]\nCOPY --from=[build] /a /b\nCOPY --from=[0] /a /b\nRUN --mount=type=bind,from=[build],target=/x x\n",
  );
});

test("the later of two stages with one name is another", () => {
  assert.equal(
    occurrences("FROM a AS x\nFROM b AS |x\nCOPY --from=x /a /b\nFROM x\n"),
    "FROM a AS x\nFROM b AS [x!]\nCOPY --from=[x] /a /b\nFROM x\n"
      .replace("--from=[x]", "--from=x")
      .replace("FROM x\n", "FROM [x]\n"),
  );
});

test("a variable in all its forms; quoted and escaped text is none", () => {
  assert.equal(
    occurrences("ARG V=1\nFROM a:$V\nARG |V\nENV W=${V:-x}\nRUN echo '$V' \\$V \"$V\" $VX\n"),
    "ARG [V!]=1\nFROM a:$[V]\nARG [V!]\nENV W=${[V]:-x}\nRUN echo '$V' \\$V \"$[V]\" $VX\n",
  );
});

test("a heredoc's delimiter at both its ends", () => {
  assert.equal(
    occurrences("FROM a\nRUN <<E|OF\necho EOF\nEOF\nRUN b\n"),
    "FROM a\nRUN <<[EOF!]\necho EOF\n[EOF]\nRUN b\n",
  );
});
