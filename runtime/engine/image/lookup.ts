import { parseReference, printFamiliar, withDefaultTag } from "../../model/reference.ts";
import { EngineError } from "../error.ts";
import type { Image, ImageStore } from "./image-store.ts";

/** True when `name` is the id of `image` or a prefix of it, with or without `sha256:`. */
export function isIdPrefix(image: Image, name: string): boolean {
  const hex = name.startsWith("sha256:") ? name.slice("sha256:".length) : name;
  return /^[0-9a-f]{1,64}$/.test(hex) && image.id.startsWith(`sha256:${hex}`);
}

/**
 * The image called `name`: whole id, then reference, then prefix of an id, as Docker looks them up. Throws `not-found`
 * with `No such image: NAME`, also for a prefix of several ids.
 */
export function findImage(store: ImageStore, name: string): Image {
  const byId = store.list().filter((image) => isIdPrefix(image, name));
  const whole = byId.find((image) => image.id === name || image.id === `sha256:${name}`);
  if (whole !== undefined) return whole;
  const { reference } = parseReference(name);
  const named = reference === undefined ? undefined : withDefaultTag(reference);
  // With tag and digest, the digest alone says which image is meant.
  const exact = named?.digest === undefined ? named : { ...named, tag: undefined };
  const image = exact === undefined ? undefined : store.find(exact);
  if (image !== undefined) return image;
  const [only, ...others] = byId;
  if (only !== undefined && others.length === 0) return only;
  const spelled = named === undefined ? name.slice(0, 300) : printFamiliar(named);
  throw new EngineError("not-found", `No such image: ${spelled}`);
}
