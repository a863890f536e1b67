import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../runtime/model/dockerfile/parse.ts";
import { applyEdits } from "../../../runtime/model/text/edits.ts";
import { completeDockerfile } from "./completion.ts";
import { completePaths, contextPathAt } from "./paths.ts";

/** The labels offered at `|`, or those among `of`. */
function labels(source: string, of?: readonly string[]): string[] {
  const offset = source.indexOf("|");
  const text = source.slice(0, offset) + source.slice(offset + 1);
  const found = completeDockerfile(parseDockerfile(text).tree, offset).map(({ label }) => label);
  return of === undefined ? found : found.filter((label) => of.includes(label));
}

/** The text after the completion `label` at `|` is accepted. */
function accept(source: string, label: string): string {
  const offset = source.indexOf("|");
  const text = source.slice(0, offset) + source.slice(offset + 1);
  const found = completeDockerfile(parseDockerfile(text).tree, offset).find((one) => one.label === label);
  assert.ok(found, `${label} is not offered`);
  return applyEdits(text, [{ range: found.range, text: found.insert }]);
}

test("instructions where one can begin, in the file's case", () => {
  assert.equal(accept("FROM a\nWO|", "WORKDIR"), "FROM a\nWORKDIR ${1:/app}");
  assert.equal(accept("from a\nwo|", "workdir"), "from a\nworkdir ${1:/app}");
  assert.deepEqual(labels("|", ["FROM", "RUN"]), ["FROM", "RUN"]);
  assert.deepEqual(labels("RUN <<EOF\nF|\nEOF\n", ["FROM"]), []);
});

test("no instructions within a continued one", () => {
  assert.deepEqual(labels("FROM a\nRUN a \\\n  |", ["RUN"]), []);
  assert.deepEqual(labels("FROM a\nRUN a \\\n  # note\n  |", ["RUN"]), []);
  assert.deepEqual(labels("FROM a\nRUN a\n|", ["RUN"]), ["RUN"]);
});

test("flags and their values", () => {
  assert.equal(accept("FROM a\nCOPY --fr|", "--from"), "FROM a\nCOPY --from=");
  assert.equal(accept("FROM a AS b\nFROM c\nCOPY --from=|", "b"), "FROM a AS b\nFROM c\nCOPY --from=b");
  assert.equal(
    accept("FROM a AS b\nFROM c\nRUN --mount=type=bind,from=|", "b"),
    "FROM a AS b\nFROM c\nRUN --mount=type=bind,from=b",
  );
  assert.deepEqual(labels("FROM a\nRUN --network=|"), ["default", "none", "host"]);
});

test("stages, images and AS in FROM", () => {
  assert.deepEqual(labels("FROM a AS b\nFROM |", ["b", "scratch", "node", "AS"]), ["b", "scratch", "node"]);
  assert.deepEqual(labels("FROM a |"), ["AS"]);
  assert.deepEqual(labels("FROM a AS |"), []);
});

test("variables: of the stage, of those it is built on, and global ones in FROM", () => {
  assert.equal(
    accept("FROM a\nENV HOME_DIR=/x\nWORKDIR $HO|", "HOME_DIR"),
    "FROM a\nENV HOME_DIR=/x\nWORKDIR $HOME_DIR",
  );
  assert.equal(accept("FROM a\nARG A\nWORKDIR ${|}/b", "A"), "FROM a\nARG A\nWORKDIR ${A}/b");
  assert.deepEqual(labels("ARG G\nFROM a$|", ["G"]), ["G"]);
  assert.deepEqual(labels("ARG G\nFROM a AS x\nARG L\nENV E=1\nFROM x\nRUN $|", ["G", "L", "E"]), ["E"]);
});

test("parser directives at the top, pragmas everywhere", () => {
  assert.equal(accept("# sy|", "# syntax=docker/dockerfile:1"), "# syntax=docker/dockerfile:1");
  assert.deepEqual(labels("FROM a\n#|"), ["# check=skip=", "# hadolint ignore="]);
});

test("users: those the file makes, the base image's, and common ones", () => {
  const file = "FROM node:20\nRUN useradd -r app\nUSER |";
  assert.deepEqual(labels(file), ["app", "node", "root", "nobody", "1000", "65532"]);
  assert.equal(accept("FROM node\nCOPY --chown=node:n|", "node"), "FROM node\nCOPY --chown=node:node");
});

test("ports, their protocols, and variables that hold one", () => {
  assert.deepEqual(labels("FROM nginx\nENV WEB_PORT=81\nEXPOSE |", ["$WEB_PORT", "80"]), ["$WEB_PORT", "80"]);
  assert.deepEqual(labels("FROM a\nEXPOSE 53/|"), ["tcp", "udp", "sctp"]);
});

test("options of a mount, by its type", () => {
  assert.equal(accept("FROM a\nRUN --mount=|", "type=cache"), "FROM a\nRUN --mount=type=cache");
  assert.equal(
    accept("FROM a\nRUN --mount=type=cache,target=/a,sha|", "sharing="),
    "FROM a\nRUN --mount=type=cache,target=/a,sharing=",
  );
  assert.deepEqual(labels("FROM a\nRUN --mount=type=cache,sharing=|"), ["shared", "private", "locked"]);
  assert.deepEqual(labels("FROM a\nRUN --mount=type=tmpfs,target=/t,|", ["size=", "target=", "id="]), [
    "size=",
  ]);
});

test("programs where a command of the shell begins, what follows them behind", () => {
  const both = ["npm", "apt-get"];
  assert.deepEqual(labels("FROM a\nRUN |", both), ["apt-get", "npm"]);
  assert.deepEqual(labels("FROM a\nRUN cd /a && n|", both), ["apt-get", "npm"]);
  assert.deepEqual(labels("FROM a\nRUN a \\\n  && |", both), ["apt-get", "npm"]);
  assert.deepEqual(labels("FROM a\nRUN <<EOF\nset -e\n|\nEOF\n", both), ["apt-get", "npm"]);
  assert.deepEqual(labels("FROM a\nRUN <<EOF\napt-get |\nEOF\n", ["update", "npm"]), ["update"]);
  assert.equal(accept("FROM a\nRUN npm c|", "ci"), "FROM a\nRUN npm ci");
  assert.deepEqual(labels("FROM a\nRUN python3 <<EOF\nim|\nEOF\n"), []);
});

/** Names of a directory that are offered at `|`, and the directory that is asked for. */
function paths(source: string): string {
  const offset = source.indexOf("|");
  const text = source.slice(0, offset) + source.slice(offset + 1);
  const place = contextPathAt(parseDockerfile(text).tree, offset);
  if (place === undefined) return "no path";
  const found = completePaths(place, ["src/", "my app.js", "node_modules/"], (path) =>
    path.includes("node_"),
  );
  const edit = found[1];
  assert.ok(edit !== undefined && found.length === 2);
  return `${place.directory}: ${applyEdits(text, [{ range: edit.range, text: edit.insert }])
    .split("\n")
    .at(-1)}`;
}

test("paths of the build context where a source stands", () => {
  assert.equal(paths("FROM a\nCOPY |"), ": COPY my\\ app.js");
  assert.equal(paths("FROM a\nCOPY ./sub/m| /app/"), "sub/: COPY ./sub/my\\ app.js /app/");
  assert.equal(
    paths("FROM a\nRUN --mount=type=bind,source=b/|"),
    "b/: RUN --mount=type=bind,source=b/my\\ app.js",
  );
  assert.equal(paths("FROM a\nCOPY a |"), "no path");
  assert.equal(paths("FROM a\nCOPY --from=x /|"), "no path");
  assert.equal(paths("FROM a\nCOPY ../|"), "no path");
});
