import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

const execute = promisify(execFile);

export interface LayoutOptions {
  /** Uncompressed layer archives, base first. */
  readonly layers: readonly Buffer[];
  /** `config` of the image config: Cmd, Env … */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly created?: string;
  readonly architecture?: string;
}

/** Writes an image as an OCI layout directory, which skopeo and this project's own loader read. */
export async function writeOciLayout(
  directory: string,
  options: LayoutOptions,
): Promise<{ readonly imageId: string }> {
  const blobs = join(directory, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (data: Buffer) => {
    const hex = createHash("sha256").update(data).digest("hex");
    await writeFile(join(blobs, hex), data);
    return { digest: `sha256:${hex}`, size: data.length };
  };
  const json = (value: unknown) => put(Buffer.from(JSON.stringify(value)));
  const layers = [];
  for (const layer of options.layers) {
    layers.push({
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      ...(await put(gzipSync(layer, { level: 1 }))),
    });
  }
  const architecture = options.architecture ?? { x64: "amd64" }[process.arch as string] ?? process.arch;
  const config = await json({
    architecture,
    os: "linux",
    created: options.created ?? "2024-01-02T03:04:05Z",
    config: options.config ?? {},
    rootfs: {
      type: "layers",
      diff_ids: options.layers.map((layer) => `sha256:${createHash("sha256").update(layer).digest("hex")}`),
    },
    history: options.layers.map((_, index) => ({
      created: "2024-01-02T03:04:05Z",
      created_by: `layer ${index}`,
    })),
  });
  const manifest = await json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
    layers,
  });
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        ...manifest,
        annotations: { "org.opencontainers.image.ref.name": "latest" },
      },
    ],
  };
  await writeFile(join(directory, "index.json"), JSON.stringify(index));
  await writeFile(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  return { imageId: config.digest };
}

/** A root file system of busybox-static with its applets, as an uncompressed layer. */
export async function busyboxLayer(): Promise<Buffer> {
  const root = await mkdtemp(join(tmpdir(), "berth-busybox-"));
  try {
    for (const directory of ["bin", "etc", "tmp", "root", "proc", "sys", "dev", "var"]) {
      await mkdir(join(root, directory));
    }
    await copyFile("/bin/busybox", join(root, "bin", "busybox"));
    const { stdout } = await execute("/bin/busybox", ["--list"]);
    for (const applet of stdout.split("\n")) {
      if (applet !== "" && applet !== "busybox") await symlink("busybox", join(root, "bin", applet));
    }
    await writeFile(
      join(root, "etc", "passwd"),
      "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    );
    await writeFile(join(root, "etc", "group"), "root:x:0:\nnogroup:x:65534:\n");
    await execute("chmod", ["755", root]);
    await execute("chmod", ["1777", join(root, "tmp")]);
    return await tarOf(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

/** A directory as an uncompressed tar archive, by GNU tar; the same content gives the same bytes, whenever it was made. */
export async function tarOf(directory: string): Promise<Buffer> {
  const { stdout } = await execute(
    "tar",
    ["-c", "--numeric-owner", "--sort=name", "--mtime=@1700000000", "-C", directory, "."],
    {
      encoding: "buffer",
      maxBuffer: 1024 ** 3,
    },
  );
  return stdout;
}
