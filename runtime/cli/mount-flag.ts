import type { Mount } from "../api/types/container.ts";
import { UsageError } from "./command-line.ts";
import { sizeBytes } from "./request-values.ts";

const types = ["bind", "volume", "tmpfs", "image"] as const;

/**
 * `--mount type=bind,source=/a,target=/b,readonly`. Source: docs.docker.com/engine/storage.
 * Throws `UsageError` for a key that the mount's type does not have.
 */
export function parseMount(text: string, resolvePath: (path: string) => string): Mount {
  const fields = splitFields(text).map((field): readonly [key: string, value: string | undefined] => {
    const at = field.indexOf("=");
    return at < 0
      ? [field.toLowerCase(), undefined]
      : [field.slice(0, at).toLowerCase(), field.slice(at + 1)];
  });
  const wrong = (why: string) => new UsageError(`invalid argument "${text}" for --mount: ${why}`);
  const wanted = fields.find(([key]) => key === "type")?.[1] ?? "volume";
  const type = types.find((each) => each === wanted);
  if (type === undefined) throw wrong(`the type is ${types.join(", ")}, not ${wanted}`);
  const mount = new MountFields(type, wrong);
  for (const [key, value] of fields) if (key !== "type") mount.take(key, value);
  return mount.build(resolvePath);
}

/** Commas separate fields but not inside of double quotes, as in CSV. */
function splitFields(text: string): readonly string[] {
  const fields = text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  return fields.map((field) =>
    field.replace(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"')),
  );
}

type Bind = NonNullable<Mount["BindOptions"]>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

class MountFields {
  readonly #type: (typeof types)[number];
  readonly #wrong: (why: string) => UsageError;
  #source: string | undefined;
  #target: string | undefined;
  #readOnly = false;
  readonly #bind: Writable<Bind> = {};
  readonly #volume: Writable<NonNullable<Mount["VolumeOptions"]>> = {};
  readonly #driver: { name?: string; options: Record<string, string> } = { options: {} };
  readonly #labels: Record<string, string> = {};
  readonly #tmpfs: Writable<NonNullable<Mount["TmpfsOptions"]>> = {};
  #imageSubpath: string | undefined;

  constructor(type: (typeof types)[number], wrong: (why: string) => UsageError) {
    this.#type = type;
    this.#wrong = wrong;
  }

  take(key: string, value: string | undefined): void {
    switch (key) {
      case "source":
      case "src":
        this.#source = this.#needed(key, value);
        return;
      case "target":
      case "destination":
      case "dst":
        this.#target = this.#needed(key, value);
        return;
      case "readonly":
      case "ro":
        this.#readOnly = this.#flag(key, value);
        return;
      case "consistency":
        return;
      default:
        this.#takeOfType(key, value);
    }
  }

  build(resolvePath: (path: string) => string): Mount {
    if (this.#target === undefined) throw this.#wrong("target is required");
    if (this.#type === "bind" && this.#source === undefined) throw this.#wrong("a bind mount needs a source");
    const source = this.#type === "bind" ? resolvePath(this.#source ?? "") : this.#source;
    const hasDriver = this.#driver.name !== undefined || Object.keys(this.#driver.options).length > 0;
    return {
      Type: this.#type,
      Source: source,
      Target: this.#target,
      ReadOnly: this.#readOnly || undefined,
      ...(this.#type === "bind" ? { BindOptions: this.#bind } : {}),
      ...(this.#type === "tmpfs" ? { TmpfsOptions: this.#tmpfs } : {}),
      ...(this.#imageSubpath === undefined ? {} : { ImageOptions: { Subpath: this.#imageSubpath } }),
      ...(this.#type === "volume"
        ? {
            VolumeOptions: {
              ...this.#volume,
              Labels: this.#labels,
              ...(hasDriver
                ? { DriverConfig: { Name: this.#driver.name, Options: this.#driver.options } }
                : {}),
            },
          }
        : {}),
    };
  }

  #takeOfType(key: string, value: string | undefined): void {
    const name = `${this.#type} ${key}`;
    switch (name) {
      case "bind bind-propagation":
        this.#bind.Propagation = this.#needed(key, value);
        return;
      case "bind bind-nonrecursive":
        this.#bind.NonRecursive = this.#flag(key, value);
        return;
      case "bind bind-recursive":
        this.#takeRecursive(this.#needed(key, value));
        return;
      case "bind bind-create-src":
        this.#bind.CreateMountpoint = this.#flag(key, value);
        return;
      case "volume volume-nocopy":
        this.#volume.NoCopy = this.#flag(key, value);
        return;
      case "volume volume-subpath":
        this.#volume.Subpath = this.#needed(key, value);
        return;
      case "volume volume-driver":
        this.#driver.name = this.#needed(key, value);
        return;
      case "volume volume-opt":
      case "volume volume-label": {
        const [option = "", ...rest] = this.#needed(key, value).split("=");
        (key === "volume-opt" ? this.#driver.options : this.#labels)[option] = rest.join("=");
        return;
      }
      case "tmpfs tmpfs-size":
        this.#tmpfs.SizeBytes = sizeBytes("mount", this.#needed(key, value));
        return;
      case "tmpfs tmpfs-mode": {
        const mode = this.#needed(key, value);
        if (!/^[0-7]{1,5}$/.test(mode)) throw this.#wrong(`tmpfs-mode is octal, not ${mode}`);
        this.#tmpfs.Mode = Number.parseInt(mode, 8);
        return;
      }
      case "image image-subpath":
        this.#imageSubpath = this.#needed(key, value);
        return;
      default:
        throw this.#wrong(`a ${this.#type} mount has no key '${key}'`);
    }
  }

  #takeRecursive(value: string): void {
    if (value === "disabled") this.#bind.NonRecursive = true;
    else if (value === "writable") this.#bind.ReadOnlyNonRecursive = true;
    else if (value === "readonly") this.#bind.ReadOnlyForceRecursive = true;
    else if (value !== "enabled")
      throw this.#wrong(`bind-recursive is enabled, disabled, writable or readonly`);
  }

  #needed(key: string, value: string | undefined): string {
    if (value === undefined || value === "") throw this.#wrong(`${key} needs a value`);
    return value;
  }

  #flag(key: string, value: string | undefined): boolean {
    if (value === undefined || /^(true|1)$/i.test(value)) return true;
    if (/^(false|0)$/i.test(value)) return false;
    throw this.#wrong(`${key} is true or false, not ${value}`);
  }
}
