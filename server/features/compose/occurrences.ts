import { directoryOf, resolvePath } from "../../../runtime/model/compose/paths.ts";
import { child, entriesOf, type TreeNode, textOf } from "../../../runtime/model/compose/tree.ts";
import type { Occurrence, Occurrences } from "../feature.ts";

const NAME_FORM = /^[a-zA-Z0-9._-]+$/;
const ANCHOR_FORM = /^[^\s[\]{},]+$/;
const SECTIONS = ["services", "networks", "volumes", "secrets", "configs"] as const;
type Section = (typeof SECTIONS)[number];

interface Named extends Occurrence {
  readonly section: Section;
  readonly name: string;
  /** Where the name is looked for: a file by itself, or all files that are one project. */
  readonly space: string;
}

/** A file of a project: its text and its tree. */
export interface ProjectText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly root: TreeNode | undefined;
}

/**
 * All places of the service, network, volume, secret, config or anchor at an offset of `own`, in all files that are
 * merged or included, and in those that extend a service of another file.
 */
export function occurrencesInCompose(
  own: ProjectText,
  others: readonly ProjectText[],
  isProject: (path: string) => boolean,
  offset: number,
): Occurrences | undefined {
  const anchor = anchorAt(own.text, offset);
  if (anchor !== undefined) return anchor;
  const spaceOf = (path: string): string => (isProject(path) ? "" : path);
  const here = namesOf(own, spaceOf);
  const found = here.find(({ range }) => range.start <= offset && offset <= range.end);
  if (found === undefined) return undefined;
  const elsewhere = others.flatMap((file) =>
    namesOf(file, spaceOf).map((one): Named => ({ ...one, file: file.path })),
  );
  const places = [...here, ...elsewhere].filter(
    ({ section, name, space }) => section === found.section && name === found.name && space === found.space,
  );
  const isOwn = places.some(({ isDeclaration }) => isDeclaration);
  return { name: found.name, places, form: isOwn ? NAME_FORM : undefined };
}

function anchorAt(text: string, offset: number): Occurrences | undefined {
  const pattern = /(?<=^|[\s[{,:])([&*])([^\s[\]{},*&]+)/gm;
  const all = [...text.matchAll(pattern)].map((match) => ({
    name: match[2]!,
    range: { start: match.index + 1, end: match.index + match[0].length },
    isDeclaration: match[1] === "&",
  }));
  const name = all.find(({ range }) => range.start - 1 <= offset && offset <= range.end)?.name;
  const places = all.filter((one) => one.name === name);
  if (name === undefined || !places.some(({ isDeclaration }) => isDeclaration)) return undefined;
  return { name, places, form: ANCHOR_FORM };
}

function namesOf({ path, text, root }: ProjectText, spaceOf: (path: string) => string): readonly Named[] {
  // What is merged in from an anchor stands in the tree several times and in the text once.
  const found = new Map<number, Named>();
  const add = (
    section: Section,
    node: { readonly place: TreeNode["place"] },
    name: string,
    isDeclaration = false,
    skip = 0,
    space = spaceOf(path),
  ): void => {
    const { start: written, end } = node.place.range;
    const start = written + (/["']/.test(text[written] ?? "") ? 1 : 0) + skip;
    if (start + name.length > end || text.slice(start, start + name.length) !== name) return;
    const range = { start, end: start + name.length };
    if (!found.has(start)) found.set(start, { section, name, range, isDeclaration, space });
  };
  for (const section of SECTIONS) {
    for (const { key, keyPlace } of entriesOf(child(root, section)))
      add(section, { place: keyPlace }, key, true);
  }
  const refer = (section: Section, node: TreeNode | undefined): void => {
    for (const { key, keyPlace } of entriesOf(node)) add(section, { place: keyPlace }, key);
    for (const item of itemsOf(node)) {
      const source = item.kind === "mapping" ? child(item, "source") : item;
      const name = textOf(source)?.split(":")[0];
      if (source !== undefined && name !== undefined) add(section, source, name);
    }
  };
  for (const { value: service } of entriesOf(child(root, "services"))) {
    for (const key of ["depends_on", "links", "volumes_from"]) refer("services", child(service, key));
    refer("networks", child(service, "networks"));
    refer("volumes", child(service, "volumes"));
    refer("secrets", child(service, "secrets"));
    refer("secrets", child(child(service, "build"), "secrets"));
    refer("configs", child(service, "configs"));
    const base = child(service, "extends");
    const named = base?.kind === "mapping" ? child(base, "service") : base;
    const file = textOf(child(base, "file"));
    const space = spaceOf(file === undefined ? path : resolvePath(directoryOf(path), file, undefined));
    const name = textOf(named);
    if (named !== undefined && name !== undefined) add("services", named, name, false, 0, space);
    for (const key of ["network_mode", "pid", "ipc"]) {
      const mode = child(service, key);
      const shared = /^service:(.+)$/.exec(textOf(mode) ?? "")?.[1];
      if (mode !== undefined && shared !== undefined) add("services", mode, shared, false, "service:".length);
    }
  }
  return [...found.values()].toSorted((a, b) => a.range.start - b.range.start);
}

function itemsOf(node: TreeNode | undefined): readonly TreeNode[] {
  return node?.kind === "sequence" ? node.items : [];
}
