/**
 * The name of an image: where it comes from and which of the repository's images is meant. Without tag and digest it
 * names the repository. Source: the grammar in distribution/reference, and Docker's normalisation of short names.
 */
export interface Reference {
  /** Registry host, with port when given: `docker.io`, `localhost:5000`. */
  readonly domain: string;
  /** Path in the registry: `library/busybox`. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string | undefined;
}

export type ReferenceResult =
  | { readonly reference: Reference; readonly problem?: undefined }
  | { readonly reference?: undefined; readonly problem: string };

/** Longest name, domain and path together. */
const nameLimit = 255;
const textLimit = 4096;
const component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;
const domainPattern =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?$/;

/**
 * Reads a name as a user writes it (`busybox`, `host:5000/team/app:1.2@sha256:…`) and fills in `docker.io` and
 * `library/`. No tag is filled in. Problems are worded as Docker words them.
 */
export function parseReference(text: string): ReferenceResult {
  if (text.length === 0 || text.length > textLimit) return invalid();
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !digestPattern.test(digest)) return invalid();
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagPattern.test(tag)) return invalid();
  const { domain, path } = splitDomain(hasTag ? named.slice(0, colon) : named);
  if (/^[0-9a-f]{64}$/.test(path) && domain === "docker.io") {
    return { problem: `invalid repository name (${path}), cannot specify 64-byte hexadecimal strings` };
  }
  if (!domainPattern.test(domain)) return invalid();
  if (/[A-Z]/.test(path)) return { problem: "invalid reference format: repository name must be lowercase" };
  if (!path.split("/").every((part) => component.test(part))) return invalid();
  if (domain.length + path.length + 1 > nameLimit) {
    return {
      problem: `invalid reference format: repository name must not be more than ${nameLimit} characters`,
    };
  }
  return { reference: { domain, path: domain === "docker.io" ? withLibrary(path) : path, tag, digest } };
}

/** As people write and read it: without `docker.io/` and `library/`. */
export function printFamiliar(reference: Reference): string {
  return `${familiarName(reference)}${suffixOf(reference)}`;
}

/** With registry and whole path; the form images are kept under. */
export function printFull(reference: Reference): string {
  return `${reference.domain}/${reference.path}${suffixOf(reference)}`;
}

/** The repository without tag and digest, as people write it. */
export function familiarName(reference: Pick<Reference, "domain" | "path">): string {
  if (reference.domain !== "docker.io") return `${reference.domain}/${reference.path}`;
  const rest = reference.path.replace(/^library\//, "");
  return rest.includes("/") && rest !== reference.path ? reference.path : rest;
}

/** The same with tag `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: "latest" }
    : reference;
}

function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  // Docker's rule: the first part is a host when it looks like one.
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  if (slash === -1 || !isHost) return { domain: "docker.io", path: name };
  return { domain: first === "index.docker.io" ? "docker.io" : first, path: name.slice(slash + 1) };
}

function withLibrary(path: string): string {
  return path.includes("/") ? path : `library/${path}`;
}

function suffixOf(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  return reference.digest === undefined ? tag : `${tag}@${reference.digest}`;
}

function invalid(): { problem: string } {
  return { problem: "invalid reference format" };
}
