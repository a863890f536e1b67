/** A mount of the short form, its path not yet resolved. */
export interface VolumeFields {
  readonly type: "bind" | "volume";
  readonly source?: string;
  readonly target: string;
  readonly readOnly?: boolean;
  readonly noCopy?: boolean;
  readonly propagation?: string;
  readonly selinux?: string;
}

const PROPAGATION = new Set(["rprivate", "private", "rshared", "shared", "rslave", "slave"]);

/**
 * The short form `[SOURCE:]TARGET[:OPTIONS]`; a source that starts with `.`, `/` or `~` is a path, any other a volume's name.
 * A text says what is wrong. Source: Compose specification, "volumes", short syntax.
 */
export function parseVolumeText(text: string): VolumeFields | string {
  const parts = text.split(":");
  if (text === "" || parts.length > 3) return `"${text}" is not [SOURCE:]TARGET[:OPTIONS]`;
  if (parts.length === 1) return withTarget({ type: "volume" }, text);
  const [source = "", target = "", options = ""] = parts;
  if (source === "") return `"${text}" has an empty source`;
  const isPath = /^[./~]/.test(source);
  const base = { type: isPath ? ("bind" as const) : ("volume" as const), source };
  let fields: Omit<VolumeFields, "target"> = base;
  for (const option of options.split(",").filter((candidate) => candidate !== "")) {
    if (option === "ro") fields = { ...fields, readOnly: true };
    else if (option === "nocopy") fields = { ...fields, noCopy: true };
    else if (option === "z" || option === "Z") fields = { ...fields, selinux: option };
    else if (PROPAGATION.has(option)) fields = { ...fields, propagation: option };
    else if (!["rw", "cached", "delegated", "consistent"].includes(option))
      return `"${option}" is not a volume option`;
  }
  return withTarget(fields, target);
}

function withTarget(fields: Omit<VolumeFields, "target">, target: string): VolumeFields | string {
  return target.startsWith("/")
    ? { ...fields, target }
    : `the target "${target}" must be an absolute path in the container`;
}
