import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../runtime/model/dockerfile/parse.ts";
import { signatureInDockerfile } from "./signature.ts";

/** The instruction's form with the active parameter between » and «. */
function signature(source: string): string | undefined {
  const offset = source.indexOf("|");
  const text = source.slice(0, offset) + source.slice(offset + 1);
  const found = signatureInDockerfile(parseDockerfile(text).tree, offset);
  const active = found?.parameters[found.active];
  if (found === undefined || active === undefined) return undefined;
  const { label } = found;
  return `${label.slice(0, active.start)}»${label.slice(active.start, active.end)}«${label.slice(active.end)}`;
}

test("the argument that is being written", () => {
  assert.equal(signature("FROM |"), "FROM [--platform=] »IMAGE« [AS NAME]");
  assert.equal(signature("FROM --pl|"), "FROM »[--platform=]« IMAGE [AS NAME]");
  assert.equal(signature("FROM a AS |"), "FROM [--platform=] IMAGE »[AS NAME]«");
  assert.equal(signature("FROM a\nONBUILD WORKDIR /|"), "WORKDIR »PATH«");
  assert.equal(
    signature("FROM a\nCOPY --chown=a b |"),
    "COPY [--from=STAGE] [--chown=] [--chmod=] [--link] SOURCE… »DESTINATION«",
  );
  assert.equal(signature("FR|OM a"), undefined);
});
