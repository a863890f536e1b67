import type { Environment } from "./interpolate.ts";
import type { Report, TreeNode } from "./tree.ts";
import type { ComposeProblem, Service } from "./types.ts";

interface Made<T> {
  readonly from: readonly unknown[];
  readonly value: T;
  readonly problems: readonly ComposeProblem[];
}

/** Values made of nodes: made again when the node, or one of the other things they are made from, is another object. */
export class Memo<T> {
  readonly #made = new WeakMap<TreeNode, Made<T>>();

  /** The value of `make`, or the one of last time; what `make` reports is reported each time. */
  of(node: TreeNode, from: readonly unknown[], report: Report, make: (report: Report) => T): T {
    let made = this.#made.get(node);
    if (made?.from.length !== from.length || !from.every((one, index) => one === made?.from[index])) {
      const problems: ComposeProblem[] = [];
      made = { from, value: make((problem) => problems.push(problem)), problems };
      this.#made.set(node, made);
    }
    made.problems.forEach(report);
    return made.value;
  }
}

/**
 * What the loader remembers of a project that is loaded again and again while it is edited. It helps where the parser
 * gives the same nodes for what did not change (`PieceReader`); with other nodes it is merely of no use.
 */
export class ProjectMemory {
  /** A service of a file by itself: interpolated, in long form, paths absolute. */
  readonly prepared = new Memo<TreeNode>();
  /** A service with what it extends. */
  readonly extended = new Memo<TreeNode>();
  /** A service of the whole project, typed. */
  readonly services = new Memo<Service>();
  #environments: readonly Environment[] = [];

  /** The same object for equal variables. */
  environment(variables: Environment): Environment {
    const known = this.#environments.find((one) => isSame(one, variables));
    if (known !== undefined) return known;
    this.#environments = [variables, ...this.#environments.slice(0, MAXIMUM_ENVIRONMENTS - 1)];
    return variables;
  }
}

/** Each include may have variables of its own. */
const MAXIMUM_ENVIRONMENTS = 20;

function isSame(left: Environment, right: Environment): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
