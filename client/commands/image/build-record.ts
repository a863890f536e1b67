import type { BuildEvent, BuildStep } from "../../../runtime/api/types/build.ts";
import type { BuiltInstruction } from "../../../runtime/model/dockerfile/built.ts";
import { printSize } from "../../views/text.ts";

/** Of a failed step's output so many lines are kept for its diagnostic. */
const keptLines = 8;

/** A build's events as they come: as text for the terminal, and at the end what became of each instruction. */
export class BuildRecord {
  #steps: readonly BuildStep[] = [];
  readonly #output = new Map<number, string>();
  readonly #built = new Map<number, BuiltInstruction>();
  /** The step whose output was shown last: lines of steps that run side by side are told apart. */
  #shown: number | undefined;

  /** What the terminal shows of the event; may be empty. */
  add(event: BuildEvent): string {
    switch (event.type) {
      case "steps":
        this.#steps = event.steps;
        return "";
      case "log":
        return this.#log(event.step, event.text);
      case "progress":
        return "";
      case "finished":
        return this.#finish(event);
      case "warning":
        return `\x1b[33mwarning: ${event.message}\x1b[0m\n`;
      default:
        return "";
    }
  }

  instructions(): readonly BuiltInstruction[] {
    return [...this.#built.values()];
  }

  #log(step: number, text: string): string {
    this.#output.set(step, ((this.#output.get(step) ?? "") + text).slice(-4096));
    const heading = this.#shown === step ? "" : `\x1b[36m${this.#title(step)}\x1b[0m\n`;
    this.#shown = step;
    return heading + text;
  }

  #finish(event: Extract<BuildEvent, { readonly type: "finished" }>): string {
    const { step, seconds, sizeBytes, isCached, error } = event;
    const line = this.#steps[step]?.line;
    if (line !== undefined) {
      const said = (this.#output.get(step) ?? "").trimEnd().split("\n").slice(-keptLines).join("\n").trim();
      const reason = error === undefined ? {} : { error: said === "" ? error : `${error}\n${said}` };
      this.#built.set(step, { line, seconds, sizeBytes, isCached, ...reason });
    }
    this.#shown = undefined;
    const size = sizeBytes > 0 ? `  ${printSize(sizeBytes)}` : "";
    if (error !== undefined) return `\x1b[31m✖ ${this.#title(step)}  ${seconds.toFixed(1)} s\x1b[0m\n`;
    if (isCached) return `\x1b[2m✔ ${this.#title(step)}  cached${size}\x1b[0m\n`;
    return `\x1b[32m✔\x1b[0m ${this.#title(step)}  ${seconds.toFixed(1)} s${size}\n`;
  }

  #title(step: number): string {
    const known = this.#steps[step];
    const text = (known?.text ?? "").split("\n")[0] ?? "";
    const short = text.length > 100 ? `${text.slice(0, 99)}…` : text;
    return `[${step + 1}/${this.#steps.length}] ${short}`;
  }
}
