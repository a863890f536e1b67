import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A real registry on a free loopback port, with a data directory of its own. */
export interface TestRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; usable as `--registry-mirror`. */
  readonly url: string;
  /** `127.0.0.1:PORT`; usable in image names. */
  readonly host: string;
  /** Copies an OCI layout directory (`oci:DIR[:TAG]` or a plain path) or `docker-archive:FILE` to `name` (`library/busybox:latest`). */
  readonly push: (source: string, name: string) => Promise<void>;
  /** Where its blobs lie, for tests that damage them: `docker/registry/v2/blobs/sha256/AB/HEX/data`. */
  readonly dataDirectory: string;
}

export interface RegistryTestOptions {
  readonly port?: number;
  /** Only `user` with the password `secret` is let in. */
  readonly login?: boolean;
  /** Speaks TLS, with a certificate nobody vouches for. */
  readonly tls?: boolean;
}

/** Starts Debian's docker-registry. Disposing of it ends the process and removes its directory. */
export async function startRegistry(options: RegistryTestOptions = {}): Promise<TestRegistry> {
  const directory = await mkdtemp(join(tmpdir(), "berth-registry-"));
  const dataDirectory = join(directory, "data");
  const config = join(directory, "config.yml");
  await writeFile(
    config,
    `version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: ${dataDirectory}}, delete: {enabled: true}}
http: {addr: "127.0.0.1:${options.port ?? 0}"${await tlsPart(directory, options)}}
${await loginPart(directory, options)}`,
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  try {
    const host = await listeningAddress(child);
    return {
      url: `http://${host}`,
      host,
      dataDirectory,
      push: async (source, name) => {
        const from = /^[a-z-]+:/.test(source) ? source : `oci:${source}`;
        await execute("skopeo", [
          ...["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"],
          ...[from, `docker://${host}/${name}`],
        ]);
      },
      [Symbol.asyncDispose]: async () => {
        child.kill("SIGKILL");
        await ended;
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function tlsPart(directory: string, { tls = false }: RegistryTestOptions): Promise<string> {
  if (!tls) return "";
  const [key, certificate] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
  await execute("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=registry.invalid"],
    ...["-keyout", key, "-out", certificate],
  ]);
  return `, tls: {certificate: ${certificate}, key: ${key}}`;
}

async function loginPart(directory: string, { login = false }: RegistryTestOptions): Promise<string> {
  if (!login) return "";
  const path = join(directory, "htpasswd");
  await writeFile(path, "user:$2b$12$p0t/gFo7ZO1bISLNEtgyPuVJNuDUHwdgd0N4GpVt/7YAM9XmJ1cGK\n");
  return `auth: {htpasswd: {realm: test, path: ${path}}}\n`;
}

async function listeningAddress(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error("the registry has no standard error");
  const said: string[] = [];
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    const lines = createInterface({ input: child.stderr ?? process.stdin });
    // Reading goes on for the registry's whole life, so that it never waits for its log.
    lines.on("line", (line) => {
      const address = /listening on ([0-9.]+:\d+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
      else if (said.length < 20) said.push(line);
    });
    lines.on("close", () => reject(new Error(`the registry ended:\n${said.join("\n")}`)));
  });
}
