import type { Answer } from "./answer.ts";
import type { Backend } from "./backend.ts";
import type { Call } from "./call.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "DELETE";

export type Handler = (call: Call, backend: Backend) => Promise<Answer>;

export interface Route {
  readonly method: Method;
  /** `/containers/{id}/json`; `{name...}` also takes slashes (images). */
  readonly path: string;
  readonly handle: Handler;
  /** The connection becomes a byte stream. */
  readonly hijacks?: boolean;
}

/** A row of a route table. */
export function route(method: Method, path: string, handle: Handler, hijacks = false): Route {
  return { method, path, handle, hijacks };
}

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Gives for a method and a path (without version and query) the route; the first row that fits wins. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Match | undefined {
  const compiled = routes.map((row) => ({ row, pattern: compile(row.path) }));
  return (method, path) => {
    for (const { row, pattern } of compiled) {
      if (row.method !== method) continue;
      const found = pattern.exec(path);
      if (found !== null) return { route: row, params: decodeParams(found.groups ?? {}) };
    }
    return undefined;
  };
}

function compile(path: string): RegExp {
  const source = path
    .split(/(\{\w+(?:\.\.\.)?\})/)
    .map((part) => {
      const name = /^\{(\w+)(\.\.\.)?\}$/.exec(part);
      if (name === null) return part.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");
      return name[2] === undefined ? `(?<${name[1]}>[^/]+)` : `(?<${name[1]}>.+)`;
    })
    .join("");
  return new RegExp(`^${source}$`);
}

function decodeParams(groups: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).map(([key, value]) => {
      try {
        return [key, decodeURIComponent(value)];
      } catch {
        return [key, value];
      }
    }),
  );
}
