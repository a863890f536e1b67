import assert from "node:assert/strict";
import { test } from "node:test";
import { excerptAt } from "./excerpt.ts";

const TEXT = `name: shop
services:
  web:
    image: nginx
    |
    ports:
      - "80:80"

  db:
    image: mysql
volumes:
  data:
`;

/** The excerpt with the place asked for as \`|\`; what stands there must be what stands in the file. */
function check(marked: string, expected: string): void {
  const offset = marked.indexOf("|");
  const text = marked.replace("|", "");
  const excerpt = excerptAt(text, offset);
  assert.equal(`${excerpt.text.slice(0, excerpt.offset)}|${excerpt.text.slice(excerpt.offset)}`, expected);
  assert.equal(excerpt.offset + excerpt.shift, offset);
}

test("inside a service the others do not matter", () => {
  check(TEXT, 'services:\n  web:\n    image: nginx\n    |\n    ports:\n      - "80:80"\n\n');
  check(TEXT.replace("    |\n", "").replace("mysql", "my|sql"), "services:\n  db:\n    image: my|sql\n");
});

test("in another section that section alone", () => {
  check(TEXT.replace("    |\n", "").replace("data:\n", "data: |\n"), "volumes:\n  data: |\n");
});

test("between the sections their keys alone", () => {
  const text = TEXT.replace("    |\n", "").replace("volumes:", "net|\nvolumes:");
  check(text, "name:\nservices:\nnet|\nvolumes:\n");
  check("|", "|\n");
});
