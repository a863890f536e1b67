import { nearest } from "../../../text/nearest.ts";
import { everyInstruction } from "../../instructions.ts";
import { type Rule, replaceFix } from "../../rule.ts";
import { isSignal, SIGNALS } from "../../signals.ts";

export const stopSignal: Rule = {
  name: "stop-signal",
  codes: ["INVALID_SIGNAL", "ARGUMENT_EXTRA"],
  summary: "STOPSIGNAL is a signal's name or number.",
  documentation: "`SIGTERM`, `TERM` or `15`: the name with or without SIG, in any case.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      const word = instruction.name === "STOPSIGNAL" ? instruction.words[0] : undefined;
      if (word === undefined || word.raw.includes("$") || isSignal(word.value)) continue;
      const [first = ""] = word.raw.split(/\s+/, 1);
      if (first !== word.raw) {
        const extra = /^\S+\s+/.exec(tree.text.slice(word.range.start, word.range.end))?.[0].length ?? 0;
        const range = { start: word.range.start + extra, end: word.range.end };
        yield { range, message: "STOPSIGNAL takes one signal", codes: ["ARGUMENT_EXTRA"] };
        continue;
      }
      const meant = nearest(
        word.value,
        SIGNALS.map((name) => `SIG${name}`),
      );
      yield {
        range: word.range,
        message: `there is no signal ${word.value}`,
        codes: ["INVALID_SIGNAL"],
        fixes: meant === undefined ? [] : [replaceFix(`Write ${meant}`, word.range, meant, true)],
      };
    }
  },
};
