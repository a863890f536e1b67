import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseProject } from "./project-choice.ts";

function check(path: string, others: readonly string[], expected: string, COMPOSE_FILE?: string): void {
  const { files, isCertain } = chooseProject(path, (one) => others.includes(one), { COMPOSE_FILE });
  assert.equal(`${files.join(" ")}${isCertain ? "" : " ?"}`, expected);
}

test("the usual file comes with its override, whichever of the two is open", () => {
  check("/p/compose.yaml", [], "/p/compose.yaml");
  const files = ["/p/compose.yaml", "/p/compose.override.yml"];
  check("/p/compose.yaml", files, files.join(" "));
  check("/p/compose.override.yml", files, files.join(" "));
});

test("another file may be meant for use on top of the usual one", () => {
  check("/p/compose.prod.yaml", ["/p/compose.yaml"], "/p/compose.yaml /p/compose.prod.yaml ?");
  check("/p/compose.prod.yaml", [], "/p/compose.prod.yaml");
});

test("COMPOSE_FILE decides where it names the file", () => {
  check("/p/b.yaml", ["/p/compose.yaml"], "/p/a.yaml /p/b.yaml", "a.yaml:./b.yaml");
  check("/p/compose.yaml", [], "/p/compose.yaml", "a.yaml:b.yaml");
});
