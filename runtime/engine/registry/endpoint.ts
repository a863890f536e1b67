import { EngineError } from "../error.ts";

export interface RegistryOptions {
  /** Base URLs tried in order, before Docker Hub, for images of `docker.io`. */
  readonly mirrors: readonly string[];
  /** `HOST` or `HOST:PORT` spoken to without TLS. */
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
}

const dockerHub = "https://registry-1.docker.io";

/** The servers to ask for images of `domain`, in order. Throws `invalid-argument` for a mirror that is no URL. */
export function endpointsOf(domain: string, options: RegistryOptions): readonly Endpoint[] {
  if (domain !== "docker.io") {
    const scheme = isPlain(domain, options.insecureHosts) ? "http" : "https";
    return [endpoint(`${scheme}://${domain}`, "registry", true)];
  }
  return [
    ...options.mirrors.map((mirror) => endpoint(mirror, "registry mirror", false)),
    endpoint(options.hubUrl ?? dockerHub, "registry", true),
  ];
}

/** Loopback hosts need no TLS, as in Docker: what is sent to them does not leave the machine. */
function isPlain(domain: string, insecureHosts: readonly string[]): boolean {
  const host = domain.replace(/:\d+$/, "");
  if (insecureHosts.includes(domain) || insecureHosts.includes(host)) return true;
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function endpoint(text: string, role: string, takesCredentials: boolean): Endpoint {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.username !== "") {
    throw new EngineError("invalid-argument", `${role} ${JSON.stringify(text)} is not an http or https URL`);
  }
  const plain = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  return { url: plain, title: `${role} ${plain}`, takesCredentials };
}
