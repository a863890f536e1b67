import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { buildFixtureImages } from "../../scripts/fixtures/build-images.ts";

const execute = promisify(execFile);

/** Debian's Docker with a data root and a network namespace of its own: its firewall and bridges touch nobody's. */
export interface Dockerd extends AsyncDisposable {
  readonly socket: string;
  /** Put before a command that should see its published ports. */
  readonly enter: readonly string[];
}

/** Starts dockerd and loads the named fixture images into it. Disposing of it leaves no process, mount or namespace. */
export async function startDockerd(images: readonly string[]): Promise<Dockerd> {
  const layouts = await buildFixtureImages(images, (text) => process.stdout.write(`${text}\n`));
  const directory = await mkdtemp(join(tmpdir(), "berth-dockerd-"));
  const namespace = `dockerd-${randomBytes(3).toString("hex")}`;
  const enter = ["nsenter", `--net=/run/netns/${namespace}`];
  const socket = join(directory, "docker.sock");
  await execute("ip", ["netns", "add", namespace]);
  let child: ChildProcess | undefined;
  const dispose = async (): Promise<void> => {
    if (child !== undefined) await ended(child);
    // dockerd keeps the namespace it started in mounted below its exec root, and forgets it there.
    for (const target of await mountsBelow(directory)) await execute("umount", [target]);
    await execute("ip", ["netns", "delete", namespace]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await execute("ip", ["-n", namespace, "link", "set", "lo", "up"]);
    // As on a host that does not forward yet: only there dockerd sets FORWARD to DROP.
    await execute("nsenter", [...enter.slice(1), "sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward"]);
    const [program = "", ...prefix] = enter;
    child = spawn(
      program,
      [
        ...prefix,
        "dockerd",
        ...["--host", `unix://${socket}`, "--data-root", join(directory, "root")],
        ...["--exec-root", join(directory, "exec"), "--pidfile", join(directory, "pid")],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    await listening(child);
    for (const [name, layout] of layouts) {
      const from = ["--insecure-policy", "copy", "--quiet", `--dest-daemon-host=unix://${socket}`];
      await execute("skopeo", [...from, `oci:${layout}`, `docker-daemon:${name}`]);
    }
    return { socket, enter, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function listening(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  if (child.stderr === null) throw new Error("dockerd has no standard error");
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (!line.includes("API listen on")) continue;
    // From here on nobody reads it; it must not stop at a full pipe.
    child.stderr.resume();
    return;
  }
  throw new Error(`dockerd ended before it listened:\n${lines.slice(-10).join("\n")}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exit;
}

async function mountsBelow(directory: string): Promise<readonly string[]> {
  const table = await readFile("/proc/self/mounts", "utf8");
  const targets = table.split("\n").map((line) => line.split(" ")[1] ?? "");
  return targets.filter((target) => target.startsWith(`${directory}/`)).reverse();
}
