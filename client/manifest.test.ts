import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const table = readFileSync(new URL("./commands/table.ts", import.meta.url), "utf8");
const { contributes } = manifest as {
  contributes: {
    commands: { command: string; title: string }[];
    menus: Record<string, { command: string; when?: string; group?: string }[]>;
    views: Record<string, { id: string }[]>;
    viewsWelcome: { view: string; contents: string }[];
    configuration: { properties: Record<string, unknown> };
  };
};
const declared = contributes.commands.map(({ command }) => command);
// The table imports the editor, which only exists inside it: its rows are read as text.
const implemented = [...table.matchAll(/^ {2}"(berth\.[^"]+)":/gm)].map((match) => match[1] ?? "");

test("every declared command is implemented, and the reverse", () => {
  assert.ok(implemented.length > 40, "the table was found and read");
  assert.deepEqual([...declared].sort(), [...implemented].sort());
  assert.equal(new Set(declared).size, declared.length);
});

test("command ids are berth.noun.verb", () => {
  assert.deepEqual(
    declared.filter((id) => !/^berth\.[a-z]+\.[a-zA-Z]+$/.test(id)),
    [],
  );
});

test("menus and welcome texts name commands and views that exist", () => {
  const inMenus = Object.values(contributes.menus)
    .flat()
    .map(({ command }) => command);
  assert.deepEqual(
    inMenus.filter((id) => !declared.includes(id)),
    [],
  );
  const inTexts = contributes.viewsWelcome.flatMap(({ contents }) =>
    [...contents.matchAll(/\(command:([^)]+)\)/g)].map((match) => match[1] ?? ""),
  );
  assert.deepEqual(
    inTexts.filter((id) => !declared.includes(id)),
    [],
  );
  const views = Object.values(contributes.views)
    .flat()
    .map(({ id }) => id);
  assert.deepEqual(
    contributes.viewsWelcome.map(({ view }) => view).filter((id) => !views.includes(id)),
    [],
  );
});

test("settings the code reads are declared", () => {
  const sources = ["./connect.ts", "./extension.ts", "./commands/connection/connection.ts"];
  const read = sources.flatMap((file) => {
    const text = readFileSync(new URL(file, import.meta.url), "utf8");
    const uses = text.matchAll(/(?:configured(?:Text|List|Flag)|updateList)\(\s*"([^"]+)"/g);
    return [...uses].map((match) => `berth.${match[1]}`);
  });
  assert.ok(read.length > 8);
  assert.deepEqual(
    read.filter((key) => !(key in contributes.configuration.properties)),
    [],
  );
});
