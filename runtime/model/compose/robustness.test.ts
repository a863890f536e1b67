import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTexts } from "./load.testing.ts";

const SOUND = `x-base: &base
  restart: always
  environment: {A: 1, B: yes}
services:
  web:
    <<: *base
    image: nginx:latest
    ports: ["\${WEB_PORT:-80}:80", 9000-9001]
    volumes: [./html:/html:ro, /anon, data:/d]
    depends_on: {db: {condition: service_healthy}}
    deploy: {resources: {limits: {cpus: "0.5", memory: 64m}}}
  db:
    image: mysql:5.7
    healthcheck: {test: "true", interval: 1m30s}
    command: mysqld --foo="a b"
    secrets: [s1]
  c: {build: {context: x, args: [A=1]}, extends: db}
volumes: {data: }
secrets: {s1: {file: ./s1.txt}}
`;

const SPLINTERS = [
  "\n",
  "  ",
  ": ",
  "- ",
  "[",
  "]",
  "{",
  "}",
  "&a ",
  "*a",
  "<<: *a",
  "!reset ",
  "!override ",
  "null",
  "${X:-",
  "\t",
  '"',
  "|\n",
  "#",
  "__proto__: ",
  "extends: a\n",
  "depends_on: ",
  "-1",
];

test("damaged files neither throw nor give places outside of the text", () => {
  let state = 20_241;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  for (let round = 0; round < 1500; round += 1) {
    let text = SOUND;
    for (let edits = random(6); edits >= 0; edits -= 1) {
      const at = random(text.length + 1);
      const isInsertion = random(3) > 0;
      text =
        text.slice(0, at) +
        (isInsertion ? SPLINTERS[random(SPLINTERS.length)] : "") +
        text.slice(isInsertion ? at : at + random(30));
    }
    for (const { range } of loadTexts({ "compose.yaml": text }).problems) {
      assert.ok(range.start >= 0 && range.start <= range.end && range.end <= text.length, text);
    }
  }
});

test("includes that double at every level are stopped", () => {
  const documents = new Map<string, string | undefined>([["/shop/.env", undefined]]);
  for (let level = 0; level < 30; level += 1)
    documents.set(`/shop/${level}.yaml`, `include: [${level + 1}.yaml, ./${level + 1}.yaml]\n`);
  documents.set("/shop/30.yaml", "services: {a: {image: x}}\n");
  const { problems } = loadTexts({ "0.yaml": "" }, { documents });
  assert.ok(problems.some(({ code }) => code === "too-many-files"));
});

test("aliases that multiply, nesting and length beyond all measure are one clear problem", () => {
  const bomb = [..."bcdefgh"].map((key, at) => `${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[at]}`)}]\n`);
  const told = (text: string): string =>
    loadTexts({ "compose.yaml": text })
      .problems.map(({ code, message }) => `${code}: ${message}`)
      .join("\n");
  const many =
    "yaml-too-large: the file has more than 100000 values or 100 levels once its aliases are written out";
  assert.equal(told(`a: &a [${Array(9).fill("x")}]\n${bomb.join("")}`), many);
  assert.equal(told(`a: ${"[".repeat(5000)}`), "yaml-too-large: values are nested more than 100 levels deep");
  assert.match(told(`a: ${"x".repeat(5_000_000)}`), /^yaml-too-large: the file is longer than/);
});

test("a long chain of dependencies is no circle and takes no long time", () => {
  const services = Array.from(
    { length: 5000 },
    (_, at) => `  s${at}: {image: "a:1", depends_on: [s${at + 1}]}\n`,
  );
  assert.deepEqual(
    loadTexts({ "compose.yaml": `services:\n${services.join("")}  s5000: {image: "a:1"}\n` }).problems,
    [],
  );
});
