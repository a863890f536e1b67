import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseDotenv } from "../../compose/dotenv.ts";
import { type Disk, lintWithDisk, noFacts } from "../compose/gather.ts";

/** Correct Compose files: `=== name`, the file, and the files beside it, each below `--- path`. */
const folder = new URL("compose/", import.meta.url);
const projects = readdirSync(folder).flatMap((file) =>
  readProjects(readFileSync(new URL(file, folder), "utf8")),
);

for (const { name, files } of projects) {
  test(`nothing is found in the correct project ${name}`, async () => {
    const disk: Disk = {
      readFile: async (path) => files.get(path),
      kindOf: async (path) => {
        if (files.has(path)) return "file";
        const isDirectory = [...files.keys()].some((file) => file.startsWith(`${path}/`));
        return isDirectory ? "directory" : "absent";
      },
    };
    const variables = [...parseDotenv(files.get("/p/.env") ?? "").variables];
    const environment = Object.fromEntries(variables.map(([key, value]) => [key, value ?? undefined]));
    for (const [path, text] of files) {
      // An included file has the variables that its include gives it.
      if (!/^\/p\/compose[^/]*\.yaml$/.test(path)) continue;
      const { problems } = await lintWithDisk({ path, text, environment }, noFacts(), disk);
      // `version` does nothing, and correct files have it nevertheless.
      const found = problems.filter(({ code }) => code !== "obsolete-version");
      assert.deepEqual(
        found.map(({ code, message }) => `${path}: ${message} (${code})`),
        [],
      );
    }
  });
}

test("there are at least 50 correct projects", () => assert.ok(projects.length >= 50));

function readProjects(source: string) {
  return source
    .split(/^=== /m)
    .slice(1)
    .map((section) => {
      const newline = section.indexOf("\n");
      const name = section.slice(0, newline);
      const [main = "", ...others] = section.slice(newline + 1).split(/^--- (?=\S)/m);
      const text = name === "windows-line-ends" ? main.replaceAll("\n", "\r\n") : main;
      const files = new Map([["/p/compose.yaml", text]]);
      for (const other of others) {
        const end = other.indexOf("\n");
        files.set(`/p/${other.slice(0, end)}`, other.slice(end + 1));
      }
      return { name, files };
    });
}
