import path from "node:path";

/** Project files by path relative to the project, with their text. */
export type Sources = ReadonlyMap<string, string>;

/** The rules of ARCHITECTURE.md, "Dependency rules" and "Invariants"; each gives one line per violation. */
export const rules: Readonly<Record<string, (sources: Sources) => string[]>> = {
  "rooms import only what is below them": (sources) => edges(sources).flatMap(checkEdge),
  "no import cycles": findCycles,
  "processes are started in engine/host and one file of client/connections": (sources) =>
    importersOf(sources, /^node:child_process$/).filter(
      (file) =>
        isProduct(file) &&
        !file.startsWith("runtime/engine/host/") &&
        file !== "client/connections/engine-process.ts",
    ),
  "vscode only in client": (sources) =>
    importersOf(sources, /^vscode$/).filter(
      (file) => !file.startsWith("client/") && !file.startsWith("test/"),
    ),
  "the LSP connection only in server/lsp and server/main.ts": (sources) =>
    importersOf(sources, /^vscode-languageserver(\/node|\/node\.js|\/browser)?$/).filter(
      (file) => isProduct(file) && !file.startsWith("server/lsp/") && file !== "server/main.ts",
    ),
  "no file over 500 lines": (sources) =>
    [...sources]
      .filter(([, text]) => text.split("\n").length > 501)
      .map(([file, text]) => `${file}: ${text.split("\n").length} lines`),
};

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

/** Room → rooms it may import besides itself. Longest prefix wins. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "runtime/model": [],
  "runtime/api": [],
  "runtime/compose": ["runtime/model", "runtime/api"],
  "runtime/cli": ["runtime/model", "runtime/api", "runtime/compose"],
  "runtime/main.ts": ["runtime/cli", "runtime/engine/main.ts", "package.json"],
  // The extension packs build contexts as the builder reads them, so it needs the model's .dockerignore.
  client: ["runtime/api", "runtime/compose", "runtime/model"],
  server: ["runtime/model", "runtime/api"],
};

const engineLevels: readonly (readonly string[])[] = [
  ["host"],
  ["store", "events"],
  ["content"],
  ["registry", "snapshot"],
  ["build", "container", "image", "network", "volume"],
  ["http"],
  // The composition root: main.ts and the files beside it.
  ["root"],
];

/** Doors: values-free files through which neighbours know each other. */
const doors = /^runtime\/engine\/(error|log)\.ts$|^runtime\/engine\/[a-z]+\/(ports|backend|resolved)\.ts$/;

function checkEdge({ from, to }: Edge): string[] {
  if (!isProduct(from)) return [];
  const broken = [`${from} imports ${to}`];
  if (from.startsWith("runtime/engine/")) return checkEngineEdge(from, to) ? [] : broken;
  const room = Object.keys(allowed).find((prefix) => within(from, prefix));
  if (!room) return [`${from} is in no room`];
  return within(to, room) || (allowed[room] ?? []).some((prefix) => within(to, prefix)) ? [] : broken;
}

function checkEngineEdge(from: string, to: string): boolean {
  if (within(to, "runtime/model") || within(to, "runtime/api") || doors.test(to)) return true;
  if (!to.startsWith("runtime/engine/")) return false;
  const [fromPart, toPart] = [enginePart(from), enginePart(to)];
  return fromPart === toPart || levelOf(toPart) < levelOf(fromPart);
}

function enginePart(file: string): string {
  const [, , part = "", ...below] = file.split("/");
  return below.length === 0 ? "root" : part;
}

function levelOf(part: string): number {
  const level = engineLevels.findIndex((parts) => parts.includes(part));
  return level === -1 ? Number.POSITIVE_INFINITY : level;
}

function within(file: string, prefix: string): boolean {
  return file === prefix || file.startsWith(`${prefix}/`);
}

/** Shipped code, as against tests, scripts and fixtures. */
function isProduct(file: string): boolean {
  return /^(client|server|runtime)\//.test(file) && !/\.test\.ts$|-fixture\.ts$|\/testing\//.test(file);
}

function edges(sources: Sources): Edge[] {
  return [...sources].flatMap(([from, text]) =>
    specifiers(text)
      .filter(({ name }) => name.startsWith("."))
      .map(({ name, typeOnly }) => ({ from, to: path.posix.join(path.posix.dirname(from), name), typeOnly })),
  );
}

function importersOf(sources: Sources, name: RegExp): string[] {
  return [...sources]
    .filter(([, text]) => specifiers(text).some((each) => name.test(each.name)))
    .map(([file]) => file);
}

/** Static, re-exporting and dynamic imports of a module's text. */
function specifiers(text: string): { name: string; typeOnly: boolean }[] {
  const statics = text.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:[^;"'`]*?\sfrom\s+)?["']([^"']+)["']/gm,
  );
  const dynamics = text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g);
  return [
    ...[...statics].map((match) => ({ name: match[2] ?? "", typeOnly: match[1] !== undefined })),
    ...[...dynamics].map((match) => ({ name: match[1] ?? "", typeOnly: false })),
  ];
}

function findCycles(sources: Sources): string[] {
  // Types are erased: only imports that exist at run time can form a cycle.
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of edges(sources)) {
    if (!typeOnly && sources.has(to)) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at !== -1) found.push([...trail.slice(at), file].join(" → "));
    if (at !== -1 || done.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...trail, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}
