import type { ContainerCreateRequest, PortBinding } from "../../../runtime/api/types/container.ts";

/** What the user chose for a new container. */
export interface RunChoice {
  readonly image: string;
  /** `8080:80, 127.0.0.1:5300:53/udp, 9000`; empty for none. */
  readonly ports: string;
  readonly isInteractive: boolean;
}

/** The request for the user's choice; `ports` must have no problem. */
export function runRequest(choice: RunChoice): ContainerCreateRequest {
  const bindings: Record<string, PortBinding[]> = {};
  for (const text of splitPorts(choice.ports)) {
    const port = parsePort(text);
    if (port === undefined) throw new Error(`"${text}" is not a port`);
    const key = `${port.container}/${port.protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp: port.hostIp, HostPort: port.host }];
  }
  const exposed = Object.fromEntries(Object.keys(bindings).map((key) => [key, {}]));
  const terminal = choice.isInteractive
    ? {
        Tty: true,
        OpenStdin: true,
        StdinOnce: true,
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
      }
    : {};
  return {
    Image: choice.image,
    ExposedPorts: exposed,
    ...terminal,
    HostConfig: { PortBindings: bindings, AutoRemove: choice.isInteractive },
  };
}

/** What is wrong with the typed ports; undefined when nothing is. */
export function portsProblem(text: string): string | undefined {
  const wrong = splitPorts(text).find((each) => parsePort(each) === undefined);
  return wrong === undefined
    ? undefined
    : `"${wrong}" is not a port: write HOST:CONTAINER, for example 8080:80`;
}

/** The ports an image exposes, published under the same number: `3000:3000, 53:53/udp`. */
export function defaultPorts(exposed: Readonly<Record<string, object>> | null | undefined): string {
  return Object.keys(exposed ?? {})
    .map((key) => {
      const [port = "", protocol = "tcp"] = key.split("/");
      return `${port}:${port}${protocol === "tcp" ? "" : `/${protocol}`}`;
    })
    .join(", ");
}

function splitPorts(text: string): string[] {
  return text.split(/[\s,]+/).filter((each) => each !== "");
}

function parsePort(text: string) {
  const match =
    /^(?:(?:(\[[0-9a-fA-F:]+\]|\d+\.\d+\.\d+\.\d+):)?(\d{0,5}):)?(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(text);
  if (match === null) return undefined;
  const [, hostIp = "", host = "", container = "", protocol = "tcp"] = match;
  if (Number(container) < 1 || Number(container) > 65_535 || Number(host) > 65_535) return undefined;
  return { hostIp: hostIp.replace(/[[\]]/g, ""), host, container, protocol };
}
