import { child, entriesOf, entry, type TreeNode, textOf } from "../../../runtime/model/compose/tree.ts";
import type { Occurrence, Occurrences } from "../feature.ts";

const NAME_FORM = /^[a-zA-Z0-9._-]+$/;
const ANCHOR_FORM = /^[^\s[\]{},]+$/;
const SECTIONS = ["services", "networks", "volumes", "secrets", "configs"] as const;
type Section = (typeof SECTIONS)[number];

interface Named extends Occurrence {
  readonly section: Section;
  readonly name: string;
}

/** All places of the service, network, volume, secret, config or anchor at an offset of one file. */
export function occurrencesInCompose(
  text: string,
  root: TreeNode | undefined,
  offset: number,
): Occurrences | undefined {
  const anchor = anchorAt(text, offset);
  if (anchor !== undefined) return anchor;
  const all = namesOf(text, root);
  const found = all.find(({ range }) => range.start <= offset && offset <= range.end);
  if (found === undefined) return undefined;
  const places = all.filter(({ section, name }) => section === found.section && name === found.name);
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

function namesOf(text: string, root: TreeNode | undefined): readonly Named[] {
  // What is merged in from an anchor stands in the tree several times and in the text once.
  const found = new Map<number, Named>();
  const add = (
    section: Section,
    node: { readonly place: TreeNode["place"] },
    name: string,
    isDeclaration = false,
    skip = 0,
  ): void => {
    const { start: written, end } = node.place.range;
    const start = written + (/["']/.test(text[written] ?? "") ? 1 : 0) + skip;
    if (start + name.length > end || text.slice(start, start + name.length) !== name) return;
    if (!found.has(start))
      found.set(start, { section, name, range: { start, end: start + name.length }, isDeclaration });
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
    const named =
      base?.kind === "mapping" && entry(base, "file") === undefined ? child(base, "service") : base;
    const name = textOf(named);
    if (named !== undefined && name !== undefined) add("services", named, name);
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
