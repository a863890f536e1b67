import type { SavedImage } from "../harness/image-tree.ts";

/** Each path of the image's file system as a line, sorted; those left out must be empty directories of root's. */
export function treeLines({ tree }: SavedImage, leftOut: readonly string[] = []): readonly string[] {
  const lines = [...tree].map(([path, line]) => `${path} ${line}`);
  const left = leftOut.map((path) => `${path} directory 755 0:0`);
  return lines.filter((line) => !left.includes(line)).sort();
}

/** The lines of an image that its base has not, or has otherwise; `- PATH` for what is gone. Sorted. */
export function addedLines(base: SavedImage, image: SavedImage): readonly string[] {
  const added = [...image.tree].filter(([path, line]) => base.tree.get(path) !== line);
  const gone = [...base.tree.keys()].filter((path) => !image.tree.has(path));
  return [...added.map(([path, line]) => `${path} ${line}`), ...gone.map((path) => `- ${path}`)].sort();
}

/**
 * An image config as far as two builds of the same file must agree: without times, digests of layers (they hold times),
 * and the builders' notes to themselves. Empty values count as absent, since moby writes all fields of its structs.
 */
export function comparableConfig({ config }: SavedImage): unknown {
  return withoutEmpty(
    withoutArgValues(config),
    new Set([
      "created",
      "rootfs",
      "container",
      "container_config",
      "docker_version",
      "moby.buildkit.buildinfo.v1",
      "moby.buildkit.cache.v0",
    ]),
  );
}

/** Of `ARG a=1` in a history Debian's BuildKit tells the default, later ones the value in effect. */
function withoutArgValues(config: SavedImage["config"]): unknown {
  const { history } = config;
  if (!Array.isArray(history)) return config;
  const steps: readonly { readonly created_by?: string }[] = history;
  const shown = steps.map(({ created_by = "", ...step }) => ({
    ...step,
    created_by: created_by.startsWith("ARG ") ? created_by.replace(/=.*$/s, "") : created_by,
  }));
  return { ...config, history: shown };
}

function withoutEmpty(value: unknown, left: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutEmpty(item, left));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !left.has(key))
    .map(([key, item]): [string, unknown] => [key, withoutEmpty(item, left)])
    .filter(([, item]) => !isEmpty(item))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

/** `{}` is a value: exposed ports are a map to it. */
function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === false ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0)
  );
}
