import { type Environment, lookUp } from "./interpolate.ts";
import type { Report } from "./tree.ts";
import type { Place } from "./types.ts";

/** What reading needs from outside the tree. */
export interface ReadContext {
  readonly environment: Environment;
  readonly report: Report;
  /** The text of a file of the project; undefined when it cannot be had (reported already unless optional). */
  readonly readText: (path: string, place: Place, required: boolean) => string | undefined;
}

/** A value of the environment, for names given without one. */
export function inherited(context: ReadContext, name: string): string | undefined {
  return lookUp(context.environment, name);
}
