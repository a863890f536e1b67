/**
 * Image references: `[DOMAIN/]PATH[:TAG][@DIGEST]`.
 * Source: distribution/reference grammar; OCI distribution-spec v1.1, "Pulling manifests".
 */
export interface Reference {
  /** `docker.io` when none was written. */
  readonly domain: string;
  /** With `library/` for Docker Hub's own images. */
  readonly path: string;
  readonly tag?: string;
  /** `ALGORITHM:HEX`. */
  readonly digest?: string;
}

export type ReferenceParse =
  | { readonly reference: Reference; readonly problem?: undefined }
  | { readonly reference?: undefined; readonly problem: string };

const defaultDomain = "docker.io";
const maxNameLength = 255;
/** Name, tag and digest with everything around them are shorter. */
const maxTextLength = 1024;

// Each expression is tried on one piece and has no nested repetition over the same characters: time is linear.
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const domainLabel = /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])$/;
const ipv6Address = /^\[[a-fA-F0-9:]+\]$/;
const tagText = /^[\w][\w.-]{0,127}$/;
const digestText = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** Reads a reference as a user writes it; the problem is Docker's own wording. */
export function parseReference(text: string): ReferenceParse {
  if (text === "" || text.length > maxTextLength) return { problem: "invalid reference format" };
  if (/^[a-f0-9]{64}$/.test(text)) {
    return { problem: `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings` };
  }
  const { name, tag, digest } = splitParts(text);
  if (tag !== undefined && !tagText.test(tag)) return { problem: "invalid reference format" };
  if (digest !== undefined && !isDigest(digest)) return { problem: "invalid reference format" };
  const { domain, path } = splitDomain(name);
  if (/[A-Z]/.test(path)) {
    return { problem: `invalid reference format: repository name (${path}) must be lowercase` };
  }
  if (!isDomain(domain) || !path.split("/").every((piece) => component.test(piece))) {
    return { problem: "invalid reference format" };
  }
  if (path.length > maxNameLength) {
    return { problem: `repository name must not be more than ${maxNameLength} characters` };
  }
  return {
    reference: {
      domain,
      path,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    },
  };
}

/** The reference with tag `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: "latest" }
    : reference;
}

/** Whole: `docker.io/library/nginx:latest`. */
export function printReference(reference: Reference): string {
  return `${reference.domain}/${reference.path}${printSuffix(reference)}`;
}

/** As users see it: `nginx:latest`. */
export function printFamiliar(reference: Reference): string {
  return familiarName(reference) + printSuffix(reference);
}

/** The repository as users see it, without tag and digest: `nginx`, `ghcr.io/owner/app`. */
export function familiarName(reference: Reference): string {
  if (reference.domain !== defaultDomain) return `${reference.domain}/${reference.path}`;
  const official = /^library\/([^/]+)$/.exec(reference.path)?.[1];
  return official ?? reference.path;
}

/** Is it `ALGORITHM:HEX`, for sha256 with exactly 64 hex digits in lower case? */
export function isDigest(text: string): boolean {
  if (text.length > 512 || !digestText.test(text)) return false;
  return text.startsWith("sha256:") ? /^sha256:[a-f0-9]{64}$/.test(text) : true;
}

function printSuffix({ tag, digest }: Reference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

function splitParts(text: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const at = text.indexOf("@");
  const beforeDigest = at === -1 ? text : text.slice(0, at);
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const colon = beforeDigest.lastIndexOf(":");
  const hasTag = colon > beforeDigest.lastIndexOf("/");
  return {
    name: hasTag ? beforeDigest.slice(0, colon) : beforeDigest,
    tag: hasTag ? beforeDigest.slice(colon + 1) : undefined,
    digest,
  };
}

/** The first piece is a domain when it has a dot or a port, is `localhost`, or has upper case letters. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  const isDomainName = /[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first;
  const domain = isDomainName && first !== "index.docker.io" ? first : defaultDomain;
  const path = isDomainName ? name.slice(slash + 1) : name;
  return { domain, path: domain === defaultDomain && !path.includes("/") ? `library/${path}` : path };
}

function isDomain(domain: string): boolean {
  const match = /^(\[[^\]]*\]|[^:]*)(?::([0-9]+))?$/.exec(domain);
  const host = match?.[1];
  if (host === undefined || host.length > maxNameLength) return false;
  return host.startsWith("[")
    ? ipv6Address.test(host)
    : host.split(".").every((label) => domainLabel.test(label));
}
