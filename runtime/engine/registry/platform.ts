import { EngineError } from "../error.ts";

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const architectures: Readonly<Record<string, Platform>> = {
  x64: { os: "linux", architecture: "amd64" },
  arm64: { os: "linux", architecture: "arm64", variant: "v8" },
  arm: { os: "linux", architecture: "arm", variant: "v7" },
  ia32: { os: "linux", architecture: "386" },
  ppc64: { os: "linux", architecture: "ppc64le" },
  s390x: { os: "linux", architecture: "s390x" },
  riscv64: { os: "linux", architecture: "riscv64" },
  loong64: { os: "linux", architecture: "loong64" },
};

const aliases: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  "x86-64": "amd64",
  aarch64: "arm64",
  i386: "386",
  armhf: "arm",
};

/** The platform whose images run here. `architecture` is Node's name of it. */
export function hostPlatform(architecture: string): Platform {
  return architectures[architecture] ?? { os: "linux", architecture };
}

/** `OS/ARCH[/VARIANT]` or just `ARCH`, as `--platform` takes it. Throws `invalid-argument`. */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  if (parts.length > 3 || !parts.every((part) => /^[A-Za-z0-9_.-]{1,32}$/.test(part))) {
    throw new EngineError(
      "invalid-argument",
      `"${text.slice(0, 200)}" is not a platform: it should be os/architecture`,
    );
  }
  const [os, architecture, variant] = parts.length === 1 ? ["linux", parts[0]] : parts;
  const name = (architecture ?? "").toLowerCase();
  return {
    os: (os ?? "").toLowerCase(),
    architecture: aliases[name] ?? name,
    ...(variant === undefined ? {} : { variant: variant.toLowerCase() }),
  };
}

export function printPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant]
    .filter((part) => part !== undefined)
    .join("/");
}

/** True when an image for `offered` runs where `wanted` is. A variant that is not named fits all. */
export function platformFits(wanted: Platform, offered: Platform): boolean {
  if (wanted.os !== offered.os || wanted.architecture !== offered.architecture) return false;
  if (wanted.variant === undefined || offered.variant === undefined) return true;
  if (wanted.architecture !== "arm") return wanted.variant === offered.variant;
  return offered.variant <= wanted.variant; // v5 to v7 run on what is newer
}

/** The best of several: same variant first, then the highest. */
export function choosePlatform<T extends { readonly platform: Platform | undefined }>(
  wanted: Platform,
  offers: readonly T[],
): T | undefined {
  const fitting = offers.filter(({ platform }) => platform !== undefined && platformFits(wanted, platform));
  return (
    fitting.find(({ platform }) => platform?.variant === wanted.variant) ??
    fitting.toSorted((a, b) => (b.platform?.variant ?? "").localeCompare(a.platform?.variant ?? ""))[0]
  );
}
