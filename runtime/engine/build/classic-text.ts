import type { BuildEvent, BuildStep } from "../../api/types/build.ts";

/** Of a step that has to wait for its turn at most so much is kept. */
const maxHeldLength = 2 * 1024 * 1024;

/** A step as text, of which nothing, a part, or all is told. */
interface Held {
  readonly text: string;
  output: string;
  /** What was cut off the output, in UTF-16 units. */
  cutLength: number;
  isTold: boolean;
  isFinished: boolean;
}

/**
 * A build's events as the lines the docker command shows without BuildKit: steps numbered in the file's order. A step's
 * output is told as it comes; steps that are built beside it wait until theirs is the next one.
 */
export class ClassicText {
  readonly #steps: Held[];
  #next = 0;

  /** `globalArgs` are the ARGs before the first FROM: steps too, but not of any stage. */
  constructor(globalArgs: readonly string[], steps: readonly BuildStep[]) {
    this.#steps = steps.map(({ text }, index) => {
      const number = `${globalArgs.length + index + 1}/${globalArgs.length + steps.length}`;
      return { ...newHeld, text: `Step ${number} : ${text}\n` };
    });
    const announced = globalArgs.map((text, index) => {
      return `Step ${index + 1}/${globalArgs.length + steps.length} : ${text}\n`;
    });
    this.preamble = announced.join("");
  }

  readonly preamble: string;

  /** What can be told after the event; may be empty. */
  print(event: BuildEvent): string {
    switch (event.type) {
      case "log":
        return this.#add(event.step, event.text);
      case "container": {
        const told = event.status === "running" ? "Running in" : "Removed intermediate container";
        return this.#add(event.step, ` ---> ${told} ${event.id}\n`);
      }
      case "progress":
        return this.#add(event.step, `${event.item === "" ? "" : `${event.item}: `}${event.status}\n`);
      case "finished": {
        if (event.error !== undefined) return this.#tell(event.step);
        const cached = event.isCached && !this.#isFrom(event.step) ? " ---> Using cache\n" : "";
        const told = this.#add(event.step, `${cached} ---> ${event.state}\n`);
        const held = this.#steps[event.step];
        if (held !== undefined) held.isFinished = true;
        return told + this.#advance();
      }
      case "started":
        return event.step === this.#next ? this.#tell(event.step) : "";
      case "warning":
        return `[Warning] ${event.message}\n`;
      case "image": {
        const built = `Successfully built ${event.id.slice("sha256:".length, "sha256:".length + 12)}\n`;
        return built + event.tags.map((tag) => `Successfully tagged ${tag}\n`).join("");
      }
      default:
        return "";
    }
  }

  #isFrom(step: number): boolean {
    return /^Step \S+ : FROM /.test(this.#steps[step]?.text ?? "");
  }

  #add(step: number, text: string): string {
    const held = this.#steps[step];
    if (held === undefined) return "";
    const room = Math.max(0, maxHeldLength - held.output.length);
    held.cutLength += Math.max(0, text.length - room);
    held.output += text.slice(0, room);
    return step === this.#next ? this.#tell(step) : "";
  }

  #advance(): string {
    let told = "";
    while (this.#steps[this.#next]?.isFinished === true) told += this.#tell(this.#next++);
    return told + this.#tellBegun();
  }

  /** The step whose turn it is may have output already. */
  #tellBegun(): string {
    const held = this.#steps[this.#next];
    return held === undefined || held.output === "" ? "" : this.#tell(this.#next);
  }

  #tell(step: number): string {
    const held = this.#steps[step];
    if (held === undefined) return "";
    const cut = held.cutLength === 0 ? "" : `\n[${held.cutLength} characters more were left out]\n`;
    const told = (held.isTold ? "" : held.text) + held.output + cut;
    held.isTold = true;
    held.output = "";
    held.cutLength = 0;
    return told;
  }
}

const newHeld = { output: "", cutLength: 0, isTold: false, isFinished: false } as const;
