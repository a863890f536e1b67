import { parseReference } from "../../runtime/model/reference.ts";

/** The web page of an image's registry; undefined when the reference is incomplete or the registry has no known pages. */
export function imagePage(reference: string): string | undefined {
  if (reference.includes("$") || reference === "scratch") return undefined;
  const parsed = parseReference(reference);
  if (!("reference" in parsed) || parsed.reference === undefined) return undefined;
  const { domain, path } = parsed.reference;
  switch (domain) {
    case "docker.io":
      return path.startsWith("library/")
        ? `https://hub.docker.com/_/${path.slice("library/".length)}`
        : `https://hub.docker.com/r/${path}`;
    case "ghcr.io":
      return `https://github.com/${path.split("/").slice(0, 2).join("/")}/pkgs/container/${path.split("/").slice(1).join("%2F")}`;
    case "quay.io":
      return `https://quay.io/repository/${path}`;
    case "mcr.microsoft.com":
      return `https://mcr.microsoft.com/artifact/mar/${path}`;
    default:
      return undefined;
  }
}
