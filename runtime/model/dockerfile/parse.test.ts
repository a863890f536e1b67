import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMarked, printMarks } from "../text/marked-text.ts";
import { parseDockerfile } from "./parse.ts";
import type { CommandForm, Instruction, Word } from "./types.ts";

/** Text with marks in, the problems the parser finds as marks out. */
function checkProblems(source: string): void {
  const { text, marked } = parseMarked(source);
  assert.equal(printMarks(text, parseDockerfile(text).problems), marked);
}

/** Text in, one line per instruction out. */
function checkTree(text: string, expected: readonly string[]): void {
  assert.deepEqual(parseDockerfile(text).tree.instructions.map(printInstruction), expected);
}

test("problems of instructions", () => {
  checkProblems(`
    FROM node
    RUNN npm install
    ^^^^ unknown instruction: RUNN (unknown-instruction)
    EXPOSE
    ^^^^^^ EXPOSE requires at least one argument (missing-argument)
    COPY a
         ^ COPY requires at least two arguments, but only one was provided. Destination could not be determined. (missing-argument)
    COPY --form=x a b
         ^^^^^^ COPY has no flag --form (unknown-flag)
    ENV A
        ^ ENV must have two arguments (missing-argument)
    ENV A=1 B
            ^ Syntax error - can't find = in "B". Must be of the form: name=value (missing-equals)
    SHELL /bin/sh
          ^^^^^^^ SHELL requires the arguments to be in JSON form (invalid-json)
    CMD ["npm", start]
        ^^^^^^^^^^^^^^ this list is not valid JSON, so it is read as plain words (invalid-json)
    CMD ['npm','start']
    RUN [ "$a" = "b" ]
    HEALTHCHECK CURL x
                ^^^^ Unknown type "CURL" in HEALTHCHECK (try CMD) (unexpected-argument)
    ONBUILD FROM x
            ^^^^ FROM isn't allowed as an ONBUILD trigger (invalid-trigger)
    RUN <<EOF
        ^^^^^ unterminated heredoc: no line is EOF (unterminated-heredoc)
    echo
  `);
});

test("problems of stages", () => {
  checkProblems(`
    RUN x
    ^^^ no build stage in current context: RUN must come after FROM (no-from)
    FROM a AS b
    FROM b AS B
    FROM a b
           ^ FROM requires either one or three arguments (missing-argument)
    FROM a AS 1x
              ^^ invalid name for build stage: "1x", name can't start with a number or contain symbols (invalid-stage-name)
  `);
  checkProblems(`
    # nothing
    ^ file with no instructions (no-from)
  `);
});

test("words, flags, pairs and commands", () => {
  checkTree(
    [
      "ARG V=20 W",
      "FROM --platform=linux/amd64 node:$V AS Build",
      "ENV A=1 B=\"x y\" C='$A' D=a\\ b",
      "ENV OLD  some value",
      'CMD ["npm", "st\\"art"]',
      "CMD ['npm','start']",
      'COPY --from=build ["a b", "/c"]',
      "EXPOSE 80 $P/udp",
      "WORKDIR /a b",
      "HEALTHCHECK --interval=5s CMD curl x",
      "onbuild run make",
    ].join("\n"),
    [
      "ARG V=20 W",
      "FROM node:$V AS Build --platform",
      "ENV A=1 B=x y C=$A D=a b",
      "ENV OLD=some value",
      'CMD exec npm|st"art',
      "CMD shell ['npm','start']",
      "COPY a b -> /c --from",
      "EXPOSE 80|$P/udp",
      "WORKDIR /a b",
      "HEALTHCHECK shell curl x --interval",
      "ONBUILD RUN shell make",
    ],
  );
});

test("continuations drop comments and blank lines, and every character keeps its place", () => {
  const text = "FROM a\r\nRUN npm \\\r\n  # note\r\n\r\n  install \\  \n && x\nUSER me";
  checkTree(text, ["FROM a", "RUN shell npm   install  && x", "USER me"]);
  const run = parseDockerfile(text).tree.instructions[1];
  assert.ok(run?.name === "RUN" && run.command.form === "shell");
  assert.equal(text.slice(run.command.range.start, run.command.range.end).split("\n")[0], "npm \\\r");
  assert.equal(text.slice(run.command.range.end - 4, run.command.range.end), "&& x");
});

test("the escape directive changes continuations and escapes", () => {
  checkTree("# escape=`\nFROM a\nCOPY a`$x b\\c `\n d", ["FROM a", "COPY a$x|b\\c -> d"]);
});

test("heredocs are bodies, not instructions", () => {
  const text =
    'FROM a\nCOPY <<A <<-"B" x /y/\nhello $A\nA\n\tin\n\tB\nRUN cat <<E | sh\nRUN no\nE\nUSER me\n';
  const { tree, problems } = parseDockerfile(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(tree.instructions.map(printInstruction), [
    "FROM a",
    "COPY x -> /y/ <<A:hello $A\n <<'B':in\n",
    "RUN shell cat <<E | sh <<E:RUN no\n",
    "USER me",
  ]);
  const bodies = tree.instructions.flatMap((item) => item.heredocs.map((heredoc) => heredoc.bodyRange));
  assert.deepEqual(
    bodies.map((range) => text.slice(range.start, range.end)),
    ["hello $A\n", "\tin\n", "RUN no\n"],
  );
});

test("what only looks like a heredoc swallows nothing", () => {
  const text = [
    "FROM a",
    'RUN echo "x <<EOF y"',
    "# note",
    "USER me",
    "RUN cat 3<<A <&3",
    "RUN no",
    "A",
    "ONBUILD COPY <<B /b",
    "USER no",
    "B",
    "RUN echo 'it <<C'",
    "WORKDIR /x",
  ].join("\n");
  const { tree, problems } = parseDockerfile(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(tree.instructions.map(printInstruction), [
    "FROM a",
    'RUN shell echo "x <<EOF y"',
    "USER me",
    "RUN shell cat 3<<A <&3 <<A:RUN no\n",
    "ONBUILD COPY -> /b <<B:USER no\n <<B:USER no\n",
    "RUN shell echo 'it <<C'",
    "WORKDIR /x",
  ]);
  assert.deepEqual(
    tree.comments.map(({ start, end }) => text.slice(start, end)),
    ["# note"],
  );
});

test("directives end at the first unknown one", () => {
  const { tree } = parseDockerfile("# syntax=docker/dockerfile:1\n# note = x\n# escape=`\nFROM a");
  assert.deepEqual(
    tree.directives.map(({ name, value }) => [name, value]),
    [["syntax", "docker/dockerfile:1"]],
  );
  assert.equal(tree.escape, "\\");
  assert.equal(tree.comments.length, 2);
});

test("odd input neither throws nor takes long", () => {
  const pieces = [
    "FROM a\n",
    "RUN <<",
    "<<EOF",
    "\\",
    "\\\n",
    '"',
    "'",
    "#",
    "[",
    "--",
    "=",
    "\r\n",
    " ",
    "$",
    "COPY ",
    "\t",
    "ONBUILD ",
    "\u0000",
    "é",
    "\uFEFF",
  ];
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed % below;
  };
  for (let round = 0; round < 3000; round++) {
    let text = "";
    for (let length = random(30); length > 0; length--) text += pieces[random(pieces.length)];
    const { tree } = parseDockerfile(text);
    for (const { range } of tree.instructions)
      assert.ok(range.start <= range.end && range.end <= text.length);
  }
  const started = performance.now();
  for (const piece of pieces) parseDockerfile(`FROM a\nRUN ${piece.repeat(20000)}`);
  for (const piece of ["FROM a\n#x\n", "RUN <<a\n", "RUN \\\n#\n", 'RUN "<<a"\n', "RUN 3<<a\n"])
    parseDockerfile(piece.repeat(5000));
  assert.ok(performance.now() - started < 10_000);
});

function printInstruction(item: Instruction): string {
  const flags = item.flags.map((flag) => ` --${flag.name}`).join("");
  const heredocs = item.heredocs.map(
    (heredoc) => ` <<${heredoc.expand ? heredoc.name : `'${heredoc.name}'`}:${heredoc.content}`,
  );
  return item.name + printArguments(item) + flags + heredocs.join("");
}

function printArguments(item: Instruction): string {
  switch (item.name) {
    case "FROM":
      return ` ${item.image?.value}${item.alias === undefined ? "" : ` AS ${item.alias.value}`}`;
    case "ARG":
    case "ENV":
    case "LABEL":
      return item.pairs
        .map(({ key, value }) => (value === undefined ? ` ${key.value}` : ` ${key.value}=${value.value}`))
        .join("");
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
      return printCommand(item.command);
    case "HEALTHCHECK":
      return item.command === undefined ? " NONE" : printCommand(item.command);
    case "COPY":
    case "ADD":
      return `${item.sources.length === 0 ? "" : ` ${printWords(item.sources)}`} -> ${item.destination?.value}`;
    case "ONBUILD":
      return item.trigger === undefined ? "" : ` ${printInstruction(item.trigger)}`;
    case "UNKNOWN":
      return "";
    default:
      return ` ${printWords(item.words)}`;
  }
}

function printCommand(command: CommandForm): string {
  return command.form === "exec" ? ` exec ${printWords(command.words)}` : ` shell ${command.text}`;
}

function printWords(words: readonly Word[]): string {
  return words.map((word) => word.value).join("|");
}
