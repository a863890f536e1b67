import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { pack } from "tar-stream";
import { busyboxLayer, writeOciLayout } from "../harness/oci-layout.ts";

const execute = promisify(execFile);

/** `cap_net_raw+ep` as the kernel keeps it. Source: capability.h, `struct vfs_cap_data`. */
const netRawCapability = "\u0001\0\0\u0002\0\u0020\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

const bases: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  busybox: { Env: ["PATH=/bin"], Cmd: ["sh"] },
  bare: {},
  triggers: {
    Env: ["PATH=/bin"],
    OnBuild: ["COPY a.txt /onbuild", "RUN cat /onbuild > /ran", "ENV triggered=yes"],
  },
  furnished: {
    Env: ["PATH=/bin", "base=value"],
    Entrypoint: ["/bin/sh", "-c"],
    Cmd: ["echo base"],
    Labels: { base: "label", version: "0" },
    ExposedPorts: { "1/tcp": {} },
    Volumes: { "/base-volume": {} },
    WorkingDir: "/base",
    StopSignal: "SIGUSR1",
    Healthcheck: { Test: ["CMD", "true"], Interval: 1e9, Retries: 7 },
  },
};

/** The corpus' base images, each as an archive of `docker save`: files for every engine to load. */
export async function writeBases(directory: string): Promise<readonly string[]> {
  const busybox = await busyboxLayer();
  const furniture = await furnishedLayer();
  const archives: string[] = [];
  for (const [name, config] of Object.entries(bases)) {
    const layout = join(directory, name);
    await mkdir(layout);
    await writeOciLayout(layout, { layers: name === "furnished" ? [busybox, furniture] : [busybox], config });
    const archive = join(directory, `${name}.tar`);
    const from = ["--insecure-policy", "copy", "--quiet", `oci:${layout}`];
    await execute("skopeo", [...from, `docker-archive:${archive}:${name}:latest`]);
    archives.push(archive);
  }
  return archives;
}

/** Things that busybox' layer has not: foreign owners, special modes, an extended attribute, links of both kinds, a device. */
async function furnishedLayer(): Promise<Buffer> {
  const archive = pack();
  const mtime = new Date("2024-01-02T03:04:05Z");
  const file = { mtime, mode: 0o644 };
  archive.entry({ ...file, name: "etc/furnished" }, "furnished\n");
  archive.entry({ ...file, name: "usr/", type: "directory", mode: 0o755 });
  archive.entry(
    { ...file, name: "usr/raw", mode: 0o755, pax: { "SCHILY.xattr.security.capability": netRawCapability } },
    "raw\n",
  );
  archive.entry({ ...file, name: "usr/owned", uid: 12, gid: 34, mode: 0o4750 }, "owned\n");
  archive.entry({ ...file, name: "usr/plain" }, "plain\n");
  archive.entry({ ...file, name: "usr/twin", type: "link", linkname: "usr/plain" });
  archive.entry({ ...file, name: "usr/link", type: "symlink", linkname: "owned" });
  archive.entry({ ...file, name: "var/", type: "directory", mode: 0o755 });
  archive.entry({ ...file, name: "var/data/", type: "directory", mode: 0o2770, uid: 5, gid: 6 });
  archive.entry({ ...file, name: "var/data/x" }, "x\n");
  archive.finalize();
  return await buffer(archive);
}
