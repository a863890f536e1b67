import { EngineError } from "../error.ts";

export interface RegistryOptions {
  /** Base URLs tried in order, before Docker Hub, for images of `docker.io`. */
  readonly mirrors: readonly string[];
  /** `HOST` or `HOST:PORT` whose certificate is not verified, and which may be spoken to without TLS. */
  readonly insecureHosts: readonly string[];
  /** Where `docker.io` is; Docker Hub when absent. */
  readonly hubUrl?: string;
  /** A transfer without a byte for so long is given up and resumed; 30 s when absent. */
  readonly stallMs?: number;
}

/** One server that may have an image. */
export interface Endpoint {
  /** `http://…` or `https://…` without a slash at the end. */
  readonly url: string;
  /** For messages: `registry mirror http://…` or `registry https://…`. */
  readonly title: string;
  /** Credentials are for the registry itself, never for a mirror of it. */
  readonly takesCredentials: boolean;
  readonly verifyTls: boolean;
  /** The same server as the one before it, spoken to in the other way; only asked when that one was not understood. */
  readonly isAlternative: boolean;
}

const dockerHub = "https://registry-1.docker.io";
const hubSearch = "https://index.docker.io";

/** The servers to ask for images of `domain`, in order. Throws `invalid-argument` for a mirror that is no URL. */
export function endpointsOf(domain: string, options: RegistryOptions): readonly Endpoint[] {
  if (domain !== "docker.io") return ownEndpoints(domain, options);
  return [
    ...options.mirrors.map((mirror) => endpoint(mirror, "registry mirror", { takesCredentials: false })),
    ...ownEndpoints(domain, options),
  ];
}

/** Where a search without a registry's name goes: Docker Hub's search is on a host of its own, mirrors only have catalogues. */
export function searchEndpoints(options: RegistryOptions): readonly Endpoint[] {
  return [
    endpoint(options.hubUrl ?? hubSearch, "registry", { takesCredentials: options.hubUrl !== undefined }),
    ...endpointsOf("docker.io", options).filter(({ takesCredentials }) => !takesCredentials),
  ];
}

/** The registry of `domain` itself, without mirrors: where pushes and logins go. */
export function ownEndpoints(domain: string, options: RegistryOptions): readonly Endpoint[] {
  if (domain === "docker.io") return [endpoint(options.hubUrl ?? dockerHub, "registry", {})];
  const secure = (rest: Partial<Endpoint>) => endpoint(`https://${domain}`, "registry", rest);
  const plain = (rest: Partial<Endpoint>) => endpoint(`http://${domain}`, "registry", rest);
  if (isNamed(domain, options.insecureHosts)) {
    return [secure({ verifyTls: false }), plain({ isAlternative: true })];
  }
  // Loopback hosts need no TLS, as in Docker: what is sent to them does not leave the machine.
  if (isLoopback(domain)) return [plain({}), secure({ verifyTls: false, isAlternative: true })];
  return [secure({})];
}

function isNamed(domain: string, hosts: readonly string[]): boolean {
  return hosts.includes(domain) || hosts.includes(withoutPort(domain));
}

function isLoopback(domain: string): boolean {
  const host = withoutPort(domain);
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function withoutPort(domain: string): string {
  return domain.replace(/:\d+$/, "");
}

function endpoint(text: string, role: string, rest: Partial<Endpoint>): Endpoint {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.username !== "") {
    throw new EngineError("invalid-argument", `${role} ${JSON.stringify(text)} is not an http or https URL`);
  }
  const plain = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  const usual = { takesCredentials: true, verifyTls: true, isAlternative: false };
  return { url: plain, title: `${role} ${plain}`, ...usual, ...rest };
}
