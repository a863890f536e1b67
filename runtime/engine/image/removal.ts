import { familiarName, printFamiliar, type Reference } from "../../model/reference.ts";
import { EngineError } from "../error.ts";
import type { Image } from "./image-store.ts";
import { isIdPrefix } from "./lookup.ts";

/** A container made from the image. */
export interface ImageUser {
  readonly id: string;
  readonly running: boolean;
}

export interface RemovalRequest {
  /** As the client wrote it. */
  readonly name: string;
  /** `name` as a reference, with its tag. */
  readonly reference: Reference | undefined;
  readonly force: boolean;
}

export interface Removal {
  readonly untag: readonly Reference[];
  readonly remove: boolean;
}

/**
 * Decides what `docker rmi NAME` does. By name it takes that name away, and the image when it was the last; by id it
 * removes the image with all its names, unless they are in several repositories. Throws `conflict`, in Docker's words,
 * while containers use the image: a stopped one yields to `force`, a running one does not.
 */
export function planRemoval(
  image: Image,
  references: readonly Reference[],
  users: readonly ImageUser[],
  request: RemovalRequest,
): Removal {
  const [user] = users;
  if (isIdPrefix(image, request.name)) {
    if (!request.force && !isSingle(references)) {
      throw conflict(image, "must be forced", "image is referenced in multiple repositories");
    }
    refuseInUse(image, users, request.force);
    return { untag: references, remove: true };
  }
  if (!request.force && isSingle(references) && user !== undefined) {
    throw new EngineError(
      "conflict",
      `conflict: unable to remove repository reference ${JSON.stringify(request.name)} (must force) - container ${shortId(user.id)} is using its referenced image ${shortId(image.id)}`,
    );
  }
  const wanted = request.reference === undefined ? undefined : printFamiliar(request.reference);
  const untagged = references.filter((reference) => printFamiliar(reference) === wanted);
  const left = references.filter((reference) => printFamiliar(reference) !== wanted);
  // Digests of a repository stay only as long as one of its tags.
  const repository = request.reference === undefined ? "" : familiarName(request.reference);
  const sameRepository = left.filter((reference) => familiarName(reference) === repository);
  const digests = sameRepository.every((reference) => reference.digest !== undefined) ? sameRepository : [];
  if (left.length > digests.length) return { untag: [...untagged, ...digests], remove: false };
  // The name was asked for and can go; the image stays as long as a container needs it.
  const isKept = users.some(({ running }) => running) || (users.length > 0 && !request.force);
  return { untag: [...untagged, ...digests], remove: !isKept };
}

/** At most one tag, and nothing in a second repository. */
function isSingle(references: readonly Reference[]): boolean {
  const tags = references.filter((reference) => reference.digest === undefined);
  return tags.length <= 1 && new Set(references.map(familiarName)).size <= 1;
}

function refuseInUse(image: Image, users: readonly ImageUser[], force: boolean): void {
  const running = users.find((user) => user.running);
  if (running !== undefined) {
    throw conflict(
      image,
      "cannot be forced",
      `image is being used by running container ${shortId(running.id)}`,
    );
  }
  const [stopped] = users;
  if (stopped !== undefined && !force) {
    throw conflict(
      image,
      "must be forced",
      `image is being used by stopped container ${shortId(stopped.id)}`,
    );
  }
}

function conflict(image: Image, how: string, why: string): EngineError {
  return new EngineError("conflict", `conflict: unable to delete ${shortId(image.id)} (${how}) - ${why}`);
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}
