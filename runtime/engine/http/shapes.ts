import type { ContainerInspect } from "../../api/types/container.ts";
import type { ImageInspect, ImageSummary } from "../../api/types/image.ts";
import type { EventMessage } from "../../api/types/system.ts";
import { compareVersions } from "../../api/version.ts";

/** All that depends on the version the client speaks. Source: API version history in the specification. */

const multiplexedSince = "1.42";

/** Media type of attached and logged output. */
export function outputMediaType(version: string, tty: boolean): string {
  return tty || compareVersions(version, multiplexedSince) < 0
    ? "application/vnd.docker.raw-stream"
    : "application/vnd.docker.multiplexed-stream";
}

/** `VirtualSize` was taken out in 1.44. */
export function imageSummary(version: string, image: ImageSummary): ImageSummary {
  return compareVersions(version, "1.44") < 0 ? { ...image, VirtualSize: image.Size } : image;
}

/** `VirtualSize` was taken out in 1.44, `Container` and `ContainerConfig` in 1.45. */
export function imageInspect(version: string, image: ImageInspect): object {
  const withSize = compareVersions(version, "1.44") < 0 ? { ...image, VirtualSize: image.Size } : image;
  return compareVersions(version, "1.45") < 0
    ? { ...withSize, Container: "", ContainerConfig: image.Config }
    : withSize;
}

/** Before 1.44 the container as a whole had the MAC address that now each endpoint has. */
export function containerInspect(version: string, container: ContainerInspect): ContainerInspect {
  if (compareVersions(version, "1.44") >= 0) return container;
  const { MacAddress } = container.NetworkSettings;
  return { ...container, Config: { ...container.Config, MacAddress } };
}

/** Events carry three old spellings up to 1.51, which is newer than we are. */
export function eventMessage(event: EventMessage): EventMessage {
  if (event.Type !== "container" && event.Type !== "image") return event;
  const from = event.Type === "container" ? event.Actor.Attributes.image : undefined;
  const old = { status: event.Action, id: event.Actor.ID };
  return { ...old, ...(from === undefined ? {} : { from }), ...event };
}

/** `volumes prune` takes only anonymous volumes since 1.42; before, all that are unused. */
export function volumePruneTakesNamed(version: string): boolean {
  return compareVersions(version, "1.42") < 0;
}
