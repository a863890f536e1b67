import assert from "node:assert/strict";
import { test } from "node:test";
import { list, number, onOff, parseCommandLine, text, UsageError } from "./command-line.ts";

const flags = {
  detach: onOff("", "d"),
  tty: onOff("", "t"),
  interactive: onOff("", "i"),
  name: text("NAME", ""),
  publish: list("PORT", "", "p"),
  timeout: number("SECONDS", "", "s"),
};

/** What a command line is taken for, as JSON; what is not given is left out. */
function parsed(line: string, stopsAtWord = false): string {
  try {
    const { flags: values, words, wantsHelp } = parseCommandLine(line.split(" "), { flags, stopsAtWord });
    const given = Object.entries(values).filter(([, value]) =>
      Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false,
    );
    return JSON.stringify({ ...Object.fromEntries(given), words, ...(wantsHelp ? { help: true } : {}) });
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
}

test("long and short, attached and apart, together and repeated", () => {
  assert.equal(parsed("-it a"), '{"tty":true,"interactive":true,"words":["a"]}');
  assert.equal(
    parsed("--name x -p 1:1 -p2:2 -p=3:3"),
    '{"name":"x","publish":["1:1","2:2","3:3"],"words":[]}',
  );
  assert.equal(parsed("--name=x=y --detach=false a"), '{"name":"x=y","words":["a"]}');
  assert.equal(parsed("-dp 80 a -s 5"), '{"detach":true,"publish":["80"],"timeout":5,"words":["a"]}');
});

test("what belongs to the container's command is left alone", () => {
  assert.equal(parsed("-d image -t --name x", true), '{"detach":true,"words":["image","-t","--name","x"]}');
  assert.equal(parsed("a -- -d"), '{"words":["a","-d"]}');
  assert.equal(parsed("-"), '{"words":["-"]}');
});

test("what is not known is refused", () => {
  assert.equal(parsed("--nme x"), "unknown flag: --nme; did you mean --name?");
  assert.equal(parsed("--__proto__"), "unknown flag: --__proto__");
  assert.equal(parsed("-iz"), "unknown shorthand flag: 'z' in -iz");
  assert.equal(parsed("--name"), "flag needs an argument: --name");
  assert.equal(parsed("-s soon"), 'invalid argument "soon" for -s: must be a whole number');
  assert.equal(parsed("--detach=perhaps"), 'invalid argument "perhaps" for --detach: must be true or false');
});

test("help is a flag like no other", () => {
  assert.equal(parsed("--help"), '{"words":[],"help":true}');
});
