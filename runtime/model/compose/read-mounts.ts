import type { Fields } from "./fields.ts";
import { normalizePath } from "./paths.ts";
import { parseRange } from "./ports.ts";
import type { PublishedPort, ServiceMount } from "./types.ts";

/** The ports of a service in long form. */
export function readPorts(fields: Fields): readonly PublishedPort[] {
  return fields.list("ports").flatMap((port): PublishedPort[] => {
    const target = port.integer("target");
    const published = port.text("published");
    const read = {
      hostIp: port.text("host_ip"),
      protocol: port.text("protocol") ?? "tcp",
      place: port.place,
    };
    // Names and swarm's ingress mode change nothing on a single host.
    port.text("name");
    port.text("app_protocol");
    port.text("mode");
    port.finish([]);
    if (target === undefined || target < 1 || target > 65535) {
      port.report("target", "invalid-port", "a port needs a target from 1 to 65535");
      return [];
    }
    if (published === undefined || published === "" || published === "0") return [{ ...read, target }];
    if (parseRange(published) === undefined) {
      port.report(
        "published",
        "invalid-port",
        `published port "${published}" is not a port or a range of ports from 1 to 65535`,
      );
      return [];
    }
    return [{ ...read, target, published }];
  });
}

/** The mounts of a service in long form. */
export function readMounts(fields: Fields): readonly ServiceMount[] {
  return fields.list("volumes").flatMap((mount) => readMount(mount) ?? []);
}

function readMount(mount: Fields): ServiceMount | undefined {
  const type = mount.oneOf("type", ["bind", "volume", "tmpfs", "cluster", "npipe", "image"]);
  const source = mount.text("source");
  const target = mount.text("target");
  const readOnly = mount.flag("read_only") ?? false;
  mount.text("consistency");
  const bind = mount.fields("bind");
  const volume = mount.fields("volume");
  const tmpfs = mount.fields("tmpfs");
  const place = mount.place;
  if (target === undefined) {
    mount.report(undefined, "invalid-volume", "a mount needs a target");
    return undefined;
  }
  const base = { target: normalizePath(target), readOnly, place };
  const read = ((): ServiceMount | undefined => {
    switch (type) {
      case "bind": {
        if (source === undefined) {
          mount.report(undefined, "invalid-volume", "a bind mount needs a source");
          return undefined;
        }
        const propagation = bind.text("propagation");
        const selinux = bind.text("selinux");
        return {
          ...base,
          type,
          source,
          propagation,
          selinux,
          createHostPath: bind.flag("create_host_path") ?? true,
        };
      }
      case "volume":
        return {
          ...base,
          type,
          source,
          noCopy: volume.flag("nocopy") ?? false,
          subpath: volume.text("subpath"),
        };
      case "tmpfs":
        return { ...base, type, sizeBytes: tmpfs.sizeBytes("size"), mode: tmpfs.fileMode("mode") };
      case undefined:
        return undefined;
      default:
        mount.report("type", "unsupported-key", `mounts of type "${type}" are not supported`);
        return undefined;
    }
  })();
  for (const left of [...bind.finish(["recursive"]), ...volume.finish(["labels"]), ...tmpfs.finish([])]) {
    mount.report(undefined, "unsupported-key", `mount option "${left.path}" is not supported`);
  }
  mount.finish(["image"]);
  return read;
}
