import type { ProjectMemory } from "./memory.ts";
import { mergeTrees } from "./merge.ts";
import {
  child,
  type Entry,
  entriesOf,
  entry,
  problemAt,
  type Report,
  type TreeNode,
  textOf,
  withoutEntries,
} from "./tree.ts";

/** Gives another file of the project in long form with absolute paths; undefined when it cannot be had (reported already, or wanted). */
export type FileLoader = (path: string, from: Entry) => TreeNode | undefined;

/** Merges every service with what it extends, in this file or another. Source: Compose specification, "extends". */
export function applyExtends(
  root: TreeNode,
  file: string,
  load: FileLoader,
  report: Report,
  memory: ProjectMemory,
): TreeNode {
  if (root.kind !== "mapping") return root;
  const entries = root.entries.map((item): Entry => {
    if (item.key !== "services" || item.value.kind !== "mapping") return item;
    const services = item.value.entries.map((service): Entry => {
      return { ...service, value: extended(service, { root, file, chain: [], load, report, memory }) };
    });
    return { ...item, value: { ...item.value, entries: services } };
  });
  return { ...root, entries };
}

interface Extending {
  readonly root: TreeNode;
  readonly file: string;
  /** The services that led here, to see when they go in a circle. */
  readonly chain: readonly string[];
  readonly load: FileLoader;
  readonly report: Report;
  readonly memory: ProjectMemory;
}

function extended(service: Entry, extending: Extending): TreeNode {
  const { root, file, chain, load, report, memory } = extending;
  const reference = entry(service.value, "extends");
  if (reference === undefined || service.value.kind !== "mapping") return service.value;
  const own = withoutEntries(service.value, ["extends"]);
  const here = `${service.key} (${file})`;
  if (chain.includes(here)) {
    const path = [...chain.slice(chain.indexOf(here)), here]
      .map((step) => step.replace(/ \(.*/, ""))
      .join(" → ");
    report(problemAt(reference.keyPlace, "extends-cycle", `services extend each other in a circle: ${path}`));
    return own;
  }
  const name = textOf(child(reference.value, "service"));
  if (name === undefined) {
    report(problemAt(reference.keyPlace, "invalid-type", "extends needs the name of a service"));
    return own;
  }
  const otherFile = textOf(child(reference.value, "file")) ?? file;
  const otherRoot = otherFile === file ? root : load(otherFile, reference);
  if (otherRoot === undefined) return own;
  const base = entriesOf(child(otherRoot, "services")).find((candidate) => candidate.key === name);
  if (base === undefined) {
    const where = otherFile === file ? "" : ` in ${otherFile}`;
    report(
      problemAt(
        reference.value.place,
        "undefined-service",
        `service "${service.key}" extends "${name}", which is not defined${where}`,
      ),
    );
    return own;
  }
  const next = { ...extending, root: otherRoot, file: otherFile, chain: [...chain, here] };
  const resolved = extended(base, next);
  return memory.extended.of(service.value, [service.key, resolved], report, () =>
    mergeTrees(resolved, own, ["services", service.key]),
  );
}
