import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type WrittenLayer, writeImage, writeLayer } from "../../scripts/fixtures/oci-layout.ts";

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
  { layers, config = {}, ...more }: LayoutOptions,
): Promise<{ readonly imageId: string }> {
  const written: WrittenLayer[] = [];
  for (const layer of layers) written.push(await writeLayer(directory, layer));
  const created = more.created ?? "2024-01-02T03:04:05Z";
  return await writeImage(directory, { ...more, config, created, layers: written, tag: "latest" });
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
