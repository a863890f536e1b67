import { EngineError } from "../error.ts";
import type { Filters } from "../http/backend.ts";
import type { ContainerDocument } from "./document.ts";

/** What a filter needs beyond the document itself. */
export interface FilterFacts {
  /** The container that a name of `before` or `since` means. */
  readonly find: (name: string) => ContainerDocument;
  /** Ids of the images that are, or are below, the one that `ancestor` names; empty for none. */
  readonly ancestors: (name: string) => readonly string[];
}

const known = [
  "ancestor",
  "before",
  "exited",
  "expose",
  "health",
  "id",
  "is-task",
  "isolation",
  "label",
  "name",
  "network",
  "publish",
  "since",
  "status",
  "volume",
];

const statuses = ["created", "restarting", "running", "removing", "paused", "exited", "dead"];

/** A test for containers by the filters of `GET /containers/json`. Throws `invalid-argument` for an unknown one. */
export function containerFilter(
  filters: Filters,
  facts: FilterFacts,
): (document: ContainerDocument) => boolean {
  for (const [key, values] of Object.entries(filters)) {
    if (!known.includes(key)) throw new EngineError("invalid-argument", `invalid filter '${key}'`);
    for (const value of values) checkValue(key, value);
  }
  const tests = Object.entries(filters)
    .filter(([, values]) => values.length > 0)
    .map(([key, values]) => {
      const any = values.map((value) => testFor(key, value, facts));
      // Labels narrow each other down; all other values of one key are alternatives.
      return key === "label"
        ? (document: ContainerDocument) => any.every((test) => test(document))
        : (document: ContainerDocument) => any.some((test) => test(document));
    });
  return (document) => tests.every((test) => test(document));
}

function checkValue(key: string, value: string): void {
  if (key === "status" && !statuses.includes(value)) {
    throw new EngineError("invalid-argument", `invalid filter 'status=${value}'`);
  }
  if (key === "exited" && !/^-?[0-9]+$/.test(value)) {
    throw new EngineError("invalid-argument", `invalid filter 'exited=${value}'`);
  }
  if (key === "health" && !["none", "starting", "healthy", "unhealthy"].includes(value)) {
    throw new EngineError("invalid-argument", `invalid filter 'health=${value}'`);
  }
}

function testFor(key: string, value: string, facts: FilterFacts): (document: ContainerDocument) => boolean {
  switch (key) {
    case "id":
      return (document) => document.id.startsWith(value);
    case "name":
      return nameTest(value);
    case "label":
      return labelTest(value);
    case "status":
      return (document) => document.state.status === value;
    case "exited":
      return (document) => document.state.status === "exited" && document.state.exitCode === Number(value);
    case "health":
      return (document) => (document.state.health?.Status ?? "none") === value;
    case "before": {
      const other = facts.find(value);
      return (document) => document.created < other.created;
    }
    case "since": {
      const other = facts.find(value);
      return (document) => document.created > other.created;
    }
    case "ancestor": {
      const ids = facts.ancestors(value);
      return (document) => ids.includes(document.imageId) || document.config.Image === value;
    }
    case "network":
      return (document) =>
        Object.entries(document.networkSettings.Networks).some(
          ([name, endpoint]) => name === value || (value !== "" && endpoint.NetworkID === value),
        );
    case "volume":
      return (document) => document.mounts.some((mount) => mount.name === value || mount.target === value);
    case "publish":
      return portTest(value, (document) =>
        Object.entries(document.networkSettings.Ports)
          .filter(([, bindings]) => bindings)
          .map(([port]) => port),
      );
    case "expose":
      return portTest(value, (document) => Object.keys(document.config.ExposedPorts ?? {}));
    default:
      // `is-task` and `isolation` are of swarm and Windows: no container here is either.
      return () => value === "false" || value === "default";
  }
}

/** A part of the name, or a regular expression as Docker takes it; `^/name$` means the whole. */
function nameTest(value: string): (document: ContainerDocument) => boolean {
  if (/^[\^/]*[A-Za-z0-9_.-]*\$?$/.test(value) && value.length <= 300) {
    const bare = value.replace(/^\^?\/?/, "").replace(/\$$/, "");
    const start = value.startsWith("^") || value.startsWith("/");
    const end = value.endsWith("$");
    return ({ name }) =>
      start && end
        ? name === bare
        : start
          ? name.startsWith(bare)
          : end
            ? name.endsWith(bare)
            : name.includes(bare);
  }
  if (value.length > 300) throw new EngineError("invalid-argument", "invalid filter 'name': it is too long");
  let pattern: RegExp;
  try {
    pattern = new RegExp(value);
  } catch {
    throw new EngineError("invalid-argument", `invalid filter 'name=${value}'`);
  }
  return ({ name }) => pattern.test(name) || pattern.test(`/${name}`);
}

function labelTest(value: string): (document: ContainerDocument) => boolean {
  const equals = value.indexOf("=");
  const key = equals < 0 ? value : value.slice(0, equals);
  return ({ config }) => {
    const labels = config.Labels ?? {};
    return Object.hasOwn(labels, key) && (equals < 0 || labels[key] === value.slice(equals + 1));
  };
}

/** `80`, `80/udp`, `8000-8010/tcp`. */
function portTest(
  value: string,
  portsOf: (document: ContainerDocument) => readonly string[],
): (document: ContainerDocument) => boolean {
  const match = /^([0-9]+)(?:-([0-9]+))?(?:\/(tcp|udp|sctp))?$/.exec(value);
  if (match === null) throw new EngineError("invalid-argument", `invalid port: ${value}`);
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  const protocol = match[3] ?? "tcp";
  return (document) =>
    portsOf(document).some((port) => {
      const [number, kind = "tcp"] = port.split("/");
      return kind === protocol && Number(number) >= first && Number(number) <= last;
    });
}
