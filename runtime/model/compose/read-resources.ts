import { Fields } from "./fields.ts";
import { type Entry, entriesOf, type Report } from "./tree.ts";
import type { FileObject, Ipam, Network, Volume } from "./types.ts";

/** The engine's name of a project's resource: given, or the project's name before the key; external ones keep theirs. */
function resourceName(fields: Fields, key: string, project: string, external: boolean): string {
  return fields.text("name") ?? (external ? key : `${project}_${key}`);
}

/** What exists already is taken as it is: of an external thing only the name counts. Source: Compose specification, "external". */
function reportExternal(fields: Fields, entry: Entry, external: boolean): void {
  if (!external) return;
  const other = entriesOf(entry.value).find(({ key }) => !EXTERNAL_KEYS.has(key) && !key.startsWith("x-"));
  if (other === undefined) return;
  const message = `${entry.key} is external, so ${other.key} cannot be set here`;
  fields.report(other.key, "conflicting-keys", message);
}

const EXTERNAL_KEYS = new Set(["external", "name"]);

/** A network of the project. */
export function readNetwork(entry: Entry, project: string, report: Report): Network {
  const fields = new Fields(entry.value, entry.keyPlace, `networks.${entry.key}`, report);
  const external = fields.flag("external") ?? false;
  const network: Network = {
    name: resourceName(fields, entry.key, project, external),
    place: entry.keyPlace,
    external,
    driver: fields.text("driver"),
    driverOpts: fields.map("driver_opts"),
    internal: fields.flag("internal") ?? false,
    attachable: fields.flag("attachable") ?? false,
    enableIpv4: fields.flag("enable_ipv4"),
    enableIpv6: fields.flag("enable_ipv6"),
    labels: fields.map("labels"),
    ipam: fields.has("ipam") ? readIpam(fields.fields("ipam")) : undefined,
  };
  fields.finish([]);
  reportExternal(fields, entry, external);
  return network;
}

function readIpam(fields: Fields): Ipam {
  const pools = fields.list("config").map((pool) => {
    const read = {
      subnet: pool.text("subnet"),
      ipRange: pool.text("ip_range"),
      gateway: pool.text("gateway"),
      auxAddresses: pool.map("aux_addresses"),
    };
    pool.finish([]);
    return read;
  });
  const ipam: Ipam = { driver: fields.text("driver"), pools, options: fields.map("options") };
  fields.finish([]);
  return ipam;
}

/** A volume of the project. */
export function readVolume(entry: Entry, project: string, report: Report): Volume {
  const fields = new Fields(entry.value, entry.keyPlace, `volumes.${entry.key}`, report);
  const external = fields.flag("external") ?? false;
  const volume: Volume = {
    name: resourceName(fields, entry.key, project, external),
    place: entry.keyPlace,
    external,
    driver: fields.text("driver"),
    driverOpts: fields.map("driver_opts"),
    labels: fields.map("labels"),
  };
  fields.finish([]);
  reportExternal(fields, entry, external);
  return volume;
}

/** A secret or config of the project. */
export function readFileObject(
  kind: "secrets" | "configs",
  entry: Entry,
  project: string,
  report: Report,
): FileObject {
  const fields = new Fields(entry.value, entry.keyPlace, `${kind}.${entry.key}`, report);
  const external = fields.flag("external") ?? false;
  const object: FileObject = {
    name: resourceName(fields, entry.key, project, external),
    place: entry.keyPlace,
    external,
    file: fields.text("file"),
    environment: fields.text("environment"),
    content: fields.text("content"),
  };
  fields.finish(["labels", "driver", "driver_opts", "template_driver"]);
  const sources = [object.file, object.environment, object.content].filter((source) => source !== undefined);
  if (!external && sources.length !== 1) {
    const message = `${kind}.${entry.key} needs exactly one of file, environment${kind === "configs" ? ", content" : ""} or external`;
    fields.report(undefined, "conflicting-keys", message);
  }
  return object;
}
