import { isRemoteContext, resolvePath } from "./paths.ts";
import { child, type Entry, scalarAt, type TreeNode, textOf } from "./tree.ts";

/** Where relative paths start, and what `~` stands for. */
export interface PathBase {
  readonly directory: string;
  readonly home: string | undefined;
}

/** Makes the paths of a file (in long form) absolute: build contexts, env files, bind sources, secrets and configs. */
export function resolvePaths(root: TreeNode, base: PathBase): TreeNode {
  const fileOf = (node: TreeNode): TreeNode => at(node, ["file"], (path) => absolute(path, base));
  return mapEntries(root, {
    services: (services) => mapValues(services, (service) => resolveServicePaths(service, base)),
    secrets: (secrets) => mapValues(secrets, fileOf),
    configs: (configs) => mapValues(configs, fileOf),
  });
}

function resolveServicePaths(service: TreeNode, base: PathBase): TreeNode {
  return mapEntries(service, {
    build: (build) => {
      // A build without a context is built from the project's directory.
      const given =
        child(build, "context") === undefined && build.kind === "mapping" ? withContext(build) : build;
      return at(given, ["context"], (path) =>
        isRemoteContext(textOf(path) ?? "") ? path : absolute(path, base),
      );
    },
    env_file: (files) => mapItems(files, (item) => at(item, ["path"], (path) => absolute(path, base))),
    label_file: (files) => mapItems(files, (path) => absolute(path, base)),
    extends: (node) => at(node, ["file"], (path) => absolute(path, base)),
    volumes: (volumes) =>
      mapItems(volumes, (volume) => {
        return textOf(child(volume, "type")) === "bind"
          ? at(volume, ["source"], (path) => absolute(path, base))
          : volume;
      }),
  });
}

function withContext(build: TreeNode): TreeNode {
  if (build.kind !== "mapping") return build;
  const context: Entry = { key: "context", keyPlace: build.place, value: scalarAt(build.place, ".") };
  return { ...build, entries: [...build.entries, context] };
}

function absolute(node: TreeNode, base: PathBase): TreeNode {
  const text = textOf(node);
  return text === undefined || text === ""
    ? node
    : scalarAt(node.place, resolvePath(base.directory, text, base.home));
}

function at(node: TreeNode, path: readonly string[], change: (node: TreeNode) => TreeNode): TreeNode {
  const [step, ...rest] = path;
  if (step === undefined) return change(node);
  return mapEntries(node, { [step]: (value) => at(value, rest, change) });
}

function mapEntries(
  node: TreeNode,
  changes: Readonly<Record<string, (node: TreeNode) => TreeNode>>,
): TreeNode {
  if (node.kind !== "mapping") return node;
  const entries = node.entries.map((item) => {
    const change = Object.hasOwn(changes, item.key) ? changes[item.key] : undefined;
    return change === undefined ? item : { ...item, value: change(item.value) };
  });
  return { ...node, entries };
}

function mapValues(node: TreeNode, change: (node: TreeNode) => TreeNode): TreeNode {
  if (node.kind !== "mapping") return node;
  return { ...node, entries: node.entries.map((item) => ({ ...item, value: change(item.value) })) };
}

function mapItems(node: TreeNode, change: (node: TreeNode) => TreeNode): TreeNode {
  return node.kind === "sequence" ? { ...node, items: node.items.map(change) } : node;
}
