import type { Dockerfile, Stage } from "../dockerfile/types.ts";
import type { OffsetRange } from "../text/problem.ts";
import { parentStage } from "./variables.ts";

/** What a FROM names, when it is an image and not a stage, `scratch` or a variable. */
export interface BaseImage {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly range: OffsetRange;
}

/** The base image of a stage; undefined for a stage name, `scratch`, and where a variable hides the name or tag. */
export function imageOf(tree: Dockerfile, stage: Stage): BaseImage | undefined {
  const word = stage.from.image;
  if (word === undefined || word.value === "" || word.value.includes("$")) return undefined;
  if (word.value.toLowerCase() === "scratch" || parentStage(tree, stage) !== undefined) return undefined;
  const [rest = "", digest] = word.value.split("@", 2);
  const colon = rest.lastIndexOf(":");
  const hasTag = colon > rest.lastIndexOf("/");
  return {
    name: hasTag ? rest.slice(0, colon) : rest,
    tag: hasTag ? rest.slice(colon + 1) : undefined,
    digest,
    range: word.range,
  };
}

/** The registry host of an image name; `docker.io` when it names none. */
export function registryOf(name: string): string {
  const first = name.split("/", 1)[0]!;
  const isHost = name.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return isHost ? first : "docker.io";
}
