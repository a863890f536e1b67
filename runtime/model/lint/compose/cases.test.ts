import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { applyEdits } from "../../text/edits.ts";
import { parseMarked, printMarks } from "../../text/marked-text.ts";
import { type Disk, lintWithDisk, noFacts } from "./gather.ts";
import { modelRules } from "./model-rules.ts";
import { composeRules } from "./rules.ts";

/**
 * The golden cases stand in `cases.txt`: `=== rule`, then files parted by `---`, with the rule's findings as marks. A
 * file that begins with `fixed:` is what the fixes of the file before it make of that; one that begins with `at: NAME`
 * has another name than compose.yaml.
 */
interface Case {
  readonly rule: string;
  readonly name: string;
  readonly source: string;
  readonly fixed: string | undefined;
}

/** The directory the cases lie in. */
const FILES: Readonly<Record<string, string>> = {
  "/p/app/main.py": "",
  "/p/nginx.conf": "",
  "/p/token.txt": "",
  "/p/web.env": "A=1\n",
  "/p/broken.env": "A=1\n= what\n",
  "/p/Dockerfile": "FROM node:20 AS build\nFROM nginx:1 AS final\n",
  "/p/base.yaml": "services:\n  app:\n    image: x:1\n",
  "/p/loop.yaml": "include: [compose.yaml]\nservices:\n  l:\n    image: x:1\n",
  "/p/back.yaml": "services:\n  back:\n    extends:\n      file: compose.yaml\n      service: a\n",
  "/q/compose.yaml": "services:\n  web:\n    image: x:1\n    ports: ['80:80']\n",
};

const disk: Disk = {
  readFile: async (path) => FILES[path],
  kindOf: async (path) => {
    if (FILES[path] !== undefined) return "file";
    return Object.keys(FILES).some((file) => file.startsWith(`${path}/`)) ? "directory" : "absent";
  },
};

const cases = readCases(readFileSync(new URL("cases.txt", import.meta.url), "utf8"));
/** What only a file of more than all limits has. */
const UNSHOWN = new Set(["yaml-too-large", "too-many-files"]);
const names = [...composeRules.map(({ name }) => name), ...modelRules.keys()].filter(
  (name) => !UNSHOWN.has(name),
);

for (const name of names) {
  test(`Compose rule ${name}`, async () => {
    const own = cases.filter(({ rule }) => rule === name);
    for (const one of own) await checkCase(one);
    assert.ok(own.some(isFiring), `${name} has no case in which it fires`);
    assert.ok(!own.every(isFiring), `${name} has no case in which it is silent`);
  });
}

test("every case names a rule", () => {
  assert.deepEqual(
    cases.map(({ rule }) => rule).filter((rule) => !names.includes(rule)),
    [],
  );
});

test("each of dclint's rules is one of these", () => {
  const known = new Set([...composeRules, ...modelRules.values()].flatMap(({ codes }) => codes));
  assert.deepEqual(
    DCLINT.filter((name) => !known.has(name)),
    [],
  );
});

const DCLINT = [
  ...["no-quotes-in-volumes", "service-dependencies-alphabetical-order", "service-keys-order"],
  ...["service-ports-alphabetical-order", "services-alphabetical-order", "top-level-properties-order"],
  ...["no-duplicate-container-names", "no-duplicate-exported-ports", "no-unbound-port-interfaces"],
  ...["service-container-name-regex", "service-image-require-explicit-tag", "no-build-and-image"],
  ...["no-version-field", "require-project-name-field", "require-quotes-in-ports"],
  ...["invalid-yaml", "invalid-schema"],
];

async function checkCase({ rule, name, source, fixed }: Case): Promise<void> {
  const { text, marked } = parseMarked(source);
  const isOff = composeRules.some((one) => one.name === rule && one.severity === "off");
  const levels = isOff ? { [rule]: "info" as const } : {};
  const portOwners = new Map([["8099/tcp", "nginx (process 1)"]]);
  const asked = { path: `/${name}`, text, environment: { SET: "set" }, levels, portOwners };
  const { problems } = await lintWithDisk(asked, noFacts(), disk);
  const own = problems.filter(({ code }) => code === rule);
  assert.equal(printMarks(text, own), marked);
  if (fixed === undefined) return;
  const edits = own.flatMap(({ fixes }) => fixes?.[0]?.edits ?? []);
  assert.equal(applyEdits(text, edits).trimEnd(), fixed.trimEnd());
}

function isFiring({ source }: Case): boolean {
  return parseMarked(source).text !== parseMarked(source).marked;
}

function readCases(file: string): Case[] {
  return file
    .split(/^=== /m)
    .slice(1)
    .flatMap((section) => {
      const [rule = "", ...lines] = section.split("\n");
      const found: Case[] = [];
      for (const part of lines.join("\n").split(/^---\n/m)) {
        const fixed = /^fixed:\n/.exec(part);
        const at = /^at: (\S+)\n/.exec(part);
        const last = found.at(-1);
        if (fixed !== null && last !== undefined)
          found.splice(-1, 1, { ...last, fixed: part.slice(fixed[0].length) });
        else
          found.push({
            ...{ rule, name: at?.[1] ?? "p/compose.yaml", fixed: undefined },
            source: part.slice(at?.[0].length ?? 0),
          });
      }
      return found;
    });
}
