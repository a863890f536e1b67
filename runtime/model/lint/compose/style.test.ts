import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEdits } from "../../text/edits.ts";
import { parseMarked, printMarks } from "../../text/marked-text.ts";
import { lintCompose } from "./lint.ts";

const lint = (text: string, levels = {}) =>
  lintCompose({ path: "/p/compose.yaml", text, environment: {}, others: new Map(), levels }).problems;

const CASE = `
  services:
    a:
      image: nginx
             ^^^^^ image "nginx" has no tag: what "latest" is changes with time (pin-image)
      environment:
        DB_PASSWORD: hunter2
        ^^^^^^^^^^^ DB_PASSWORD looks like a secret and stands here in plain: use secrets, or a variable (plain-secret)
        DB_PASSWORD_FILE: /run/secrets/db
        API_KEY:
      ports:
        - 22:22
          ^^^^^ older YAML readers take 22:22 for a number to base 60: write it in quotes (unquoted-port)
        - "23:23"
        - 8080:80
    b:
      image: registry:5000/x:1
      environment: [API_TOKEN=abc, OTHER_TOKEN]
                    ^^^^^^^^^^^^^ API_TOKEN looks like a secret and stands here in plain: use secrets, or a variable (plain-secret)
`;

test("images without tag, secrets in plain, ports that look like numbers", () => {
  const { text, marked } = parseMarked(CASE);
  const problems = lint(text);
  assert.equal(printMarks(text, problems), marked);
  const fixes = problems.flatMap(({ fixes: [fix] = [] }) => fix?.edits ?? []);
  assert.match(applyEdits(text, fixes), /- "22:22"/);
});

test("each can be switched", () => {
  const { text } = parseMarked(CASE);
  const levels = { "pin-image": "off", "plain-secret": "off", "unquoted-port": "error" };
  assert.deepEqual(
    lint(text, levels).map(({ code, severity }) => `${code} ${severity}`),
    ["unquoted-port error"],
  );
});
