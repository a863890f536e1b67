import { normalizePath } from "./paths.ts";
import { parsePortText } from "./ports.ts";
import {
  child,
  type Entry,
  entriesOf,
  isNull,
  type MappingNode,
  mappingAt,
  problemAt,
  type Report,
  type SequenceNode,
  scalarAt,
  type TreeNode,
  textOf,
} from "./tree.ts";
import { parseVolumeText } from "./volume-text.ts";

/** One value to its long form; what has an unexpected shape is left as it is (reading reports it). */
type Transform = (node: TreeNode, report: Report) => TreeNode;

/**
 * Writes every short form of a file out, so that the later stages know one form only. Relative paths stay as they are.
 * Source: Compose specification, the "short syntax" sections.
 */
export function toLongForm(root: TreeNode, report: Report): TreeNode {
  return inMapping(
    {
      services: everyValue(serviceLongForm),
      networks: everyValue(inMapping({ external: keep, labels: toMapping }, liftExternalName)),
      volumes: everyValue(inMapping({ external: keep, labels: toMapping }, liftExternalName)),
      secrets: everyValue(inMapping({ labels: toMapping }, liftExternalName)),
      configs: everyValue(inMapping({ labels: toMapping }, liftExternalName)),
      include: everyItem((item) => {
        const long = item.kind === "scalar" ? mappingAt(item.place, { path: item }) : item;
        return inMapping({ path: toSequence, env_file: toSequence })(long, report);
      }),
    },
    undefined,
  )(root, report);
}

const SERVICE: Readonly<Record<string, Transform>> = {
  annotations: toMapping,
  build: (node, report) => {
    const long =
      node.kind === "scalar" && node.value !== null ? mappingAt(node.place, { context: node }) : node;
    return BUILD(long, report);
  },
  configs: everyItem((node) => sourceMapping(node)),
  depends_on: (node) =>
    namesToMapping(node, (item) => mappingAt(item.place, { condition: "service_started" })),
  deploy: inMapping({ labels: toMapping }),
  devices: everyItem(deviceLongForm),
  dns: toSequence,
  dns_search: toSequence,
  env_file: (node) => {
    const list = toSequence(node);
    return list.kind === "sequence"
      ? { ...list, items: list.items.map((item) => keyed(item, "path")) }
      : list;
  },
  environment: toMapping,
  extends: (node) => keyed(node, "service"),
  extra_hosts: hostsToSequence,
  label_file: toSequence,
  labels: toMapping,
  networks: (node) => namesToMapping(node, (item) => scalarAt(item.place, null)),
  ports: portsLongForm,
  secrets: everyItem((node) => sourceMapping(node)),
  sysctls: toMapping,
  tmpfs: toSequence,
  ulimits: everyValue((node) => {
    return node.kind === "scalar" && node.value !== null
      ? mappingAt(node.place, { soft: node, hard: node })
      : node;
  }),
  volumes: volumesLongForm,
};

const BUILD = inMapping({
  additional_contexts: toMapping,
  args: toMapping,
  extra_hosts: hostsToSequence,
  labels: toMapping,
  ssh: toMapping,
});

function serviceLongForm(node: TreeNode, report: Report): TreeNode {
  return inMapping(SERVICE)(node, report);
}

function keep(node: TreeNode): TreeNode {
  return node;
}

function inMapping(
  transforms: Readonly<Record<string, Transform>>,
  after?: (node: MappingNode) => MappingNode,
): Transform {
  return (node, report) => {
    if (node.kind !== "mapping") return node;
    const entries = node.entries.map((item): Entry => {
      const transform = Object.hasOwn(transforms, item.key) ? transforms[item.key] : undefined;
      return transform === undefined || isNull(item.value)
        ? item
        : { ...item, value: transform(item.value, report) };
    });
    const result: MappingNode = { ...node, entries };
    return after === undefined ? result : after(result);
  };
}

function everyValue(transform: Transform): Transform {
  return (node, report) => {
    if (node.kind !== "mapping") return node;
    return {
      ...node,
      entries: node.entries.map((item) => ({ ...item, value: transform(item.value, report) })),
    };
  };
}

function everyItem(transform: Transform): Transform {
  return (node, report) => {
    if (node.kind !== "sequence") return node;
    return { ...node, items: node.items.map((item) => transform(item, report)) };
  };
}

/** One value or a list of them to a list. */
function toSequence(node: TreeNode): TreeNode {
  return node.kind === "scalar" && node.value !== null
    ? { kind: "sequence", items: [node], place: node.place }
    : node;
}

/** `- NAME=value` lists to mappings; `- NAME` has no value. */
function toMapping(node: TreeNode): TreeNode {
  if (node.kind !== "sequence") return node;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    const text = textOf(item);
    if (text === undefined) return node;
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals);
    entries.set(key, {
      key,
      keyPlace: item.place,
      value: scalarAt(item.place, equals < 0 ? null : text.slice(equals + 1)),
    });
  }
  return { kind: "mapping", entries: [...entries.values()], place: node.place, tag: node.tag };
}

function namesToMapping(node: TreeNode, value: (item: TreeNode) => TreeNode): TreeNode {
  if (node.kind !== "sequence" || node.items.some((item) => textOf(item) === undefined)) return node;
  const entries = node.items.map((item) => ({
    key: textOf(item) ?? "",
    keyPlace: item.place,
    value: value(item),
  }));
  return { kind: "mapping", entries, place: node.place, tag: node.tag };
}

function keyed(node: TreeNode, key: string): TreeNode {
  return node.kind === "scalar" && node.value !== null ? mappingAt(node.place, { [key]: node }) : node;
}

function sourceMapping(node: TreeNode): TreeNode {
  return keyed(node, "source");
}

/** `NAME: ADDRESS`, `NAME: [ADDRESS…]`, `NAME=ADDRESS` all to a list of `NAME:ADDRESS`. */
function hostsToSequence(node: TreeNode): TreeNode {
  if (node.kind === "sequence") {
    const items = node.items.map((item) => {
      const text = textOf(item);
      return text === undefined ? item : scalarAt(item.place, text.replace(/^([^=:]+)=/, "$1:"));
    });
    return { ...node, items };
  }
  if (node.kind !== "mapping") return node;
  const items = node.entries.flatMap((item) => {
    const addresses = item.value.kind === "sequence" ? item.value.items : [item.value];
    return addresses.map((address) => scalarAt(item.keyPlace, `${item.key}:${textOf(address) ?? ""}`));
  });
  return { kind: "sequence", items, place: node.place, tag: node.tag };
}

function portsLongForm(node: TreeNode, report: Report): TreeNode {
  if (node.kind !== "sequence") return node;
  const items = node.items.flatMap((item): TreeNode[] => {
    const text = textOf(item);
    if (text === undefined) return [item];
    const ports = parsePortText(text);
    if (typeof ports === "string") {
      report(problemAt(item.place, "invalid-port", ports));
      return [];
    }
    return ports.map((port) =>
      mappingAt(item.place, {
        host_ip: port.hostIp,
        published: port.published,
        target: port.target,
        protocol: port.protocol,
      }),
    );
  });
  return { ...node, items } satisfies SequenceNode;
}

function volumesLongForm(node: TreeNode, report: Report): TreeNode {
  if (node.kind !== "sequence") return node;
  return {
    ...node,
    items: node.items.flatMap((item) => volumeLongForm(item, report) ?? []),
  } satisfies SequenceNode;
}

/** Undefined for a text that is no mount; it has been reported. */
function volumeLongForm(node: TreeNode, report: Report): TreeNode | undefined {
  const text = textOf(node);
  if (text === undefined) return node;
  const fields = parseVolumeText(text);
  if (typeof fields === "string") {
    report(problemAt(node.place, "invalid-volume", fields));
    return undefined;
  }
  const bind = { create_host_path: true, propagation: fields.propagation, selinux: fields.selinux };
  return mappingAt(node.place, {
    type: fields.type,
    source: fields.source,
    target: normalizePath(fields.target),
    read_only: fields.readOnly,
    bind: fields.type === "bind" ? mappingAt(node.place, bind) : undefined,
    volume: fields.noCopy ? mappingAt(node.place, { nocopy: true }) : undefined,
  });
}

function deviceLongForm(node: TreeNode): TreeNode {
  const text = textOf(node);
  if (text === undefined) return node;
  const [source = "", target = source, permissions = "rwm"] = text.split(":");
  return mappingAt(node.place, { source, target, permissions });
}

/** The old `external: {name: X}` to `external: true` and `name: X`. */
function liftExternalName(node: MappingNode): MappingNode {
  const external = child(node, "external");
  if (external?.kind !== "mapping") return node;
  const name = entriesOf(external).find((item) => item.key === "name");
  const others = node.entries.filter((item) => item.key !== "external" && item.key !== "name");
  const flag: Entry = { key: "external", keyPlace: external.place, value: scalarAt(external.place, true) };
  return { ...node, entries: name === undefined ? [...others, flag] : [...others, flag, name] };
}
