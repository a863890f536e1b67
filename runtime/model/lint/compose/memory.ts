import { Memo, ProjectMemory } from "../../compose/memory.ts";
import type { OffsetRange, Problem } from "../../text/problem.ts";
import type { Finding } from "../rule.ts";
import type { ComposeRule, WrittenService } from "./rule.ts";

/** What an editor keeps of a file's findings: services that are not edited are not looked at again. */
export class LintMemory {
  readonly project = new ProjectMemory();
  readonly schema = new Memo<readonly Problem[]>();
  readonly #findings = new Map<string, Memo<readonly Finding[]>>();

  /** What a rule finds in a service. */
  findings(rule: ComposeRule & { readonly scope: "service" }, service: WrittenService): readonly Finding[] {
    let memo = this.#findings.get(rule.name);
    if (memo === undefined) {
      memo = new Memo();
      this.#findings.set(rule.name, memo);
    }
    const from = [service.name, service.keyPlace.range];
    return memo.of(
      service.node,
      from,
      () => {},
      () => Array.from(rule.check(service), (finding) => movable(finding, service.keyPlace.range)),
    );
  }
}

/** Ranges of nodes move with the text; those that a rule reckons itself are tied to the service's key. */
function movable(finding: Finding, base: OffsetRange): Finding {
  const range = tied(finding.range, base);
  const fixes = finding.fixes?.map((fix) => ({
    ...fix,
    edits: fix.edits.map((edit) => ({ ...edit, range: tied(edit.range, base) })),
  }));
  return fixes === undefined ? { ...finding, range } : { ...finding, range, fixes };
}

function tied(range: OffsetRange, base: OffsetRange): OffsetRange {
  if (!Object.hasOwn(range, "start")) return range;
  const start = range.start - base.start;
  const end = range.end - base.start;
  return {
    get start() {
      return base.start + start;
    },
    get end() {
      return base.start + end;
    },
  };
}
