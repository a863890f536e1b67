import { type FSWatcher, watch } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger } from "../../log.ts";
import { parseResolvConf, type ResolvConf } from "../name-files.ts";

const systemdStub = "127.0.0.53";
const systemdResolvConf = "/run/systemd/resolve/resolv.conf";
const empty: ResolvConf = { nameservers: [], search: [], options: [] };

/** The host's resolver configuration, followed as it changes (VPNs, DHCP, systemd-resolved). */
export class HostNameservers {
  readonly #path: string;
  readonly #log: Logger;
  readonly #watchers: FSWatcher[] = [];
  #own: ResolvConf = empty;
  #forContainers: ResolvConf = empty;

  private constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** Reads `path` (`/etc/resolv.conf`) and watches it. A file that is not there counts as empty. */
  static async open(path: string, log: Logger): Promise<HostNameservers> {
    const host = new HostNameservers(path, log);
    await host.#read();
    await host.#watch();
    return host;
  }

  /** What programs on this host use, loopback servers included: the engine can reach them. */
  get current(): ResolvConf {
    return this.#own;
  }

  /** The same where containers must reach it by themselves: behind systemd's stub stand the real servers. */
  get forContainers(): ResolvConf {
    return this.#forContainers;
  }

  close(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  async #read(): Promise<void> {
    this.#own = await readConf(this.#path);
    const isStub = this.#own.nameservers.length === 1 && this.#own.nameservers[0] === systemdStub;
    const behind = isStub ? await readConf(systemdResolvConf) : empty;
    this.#forContainers = behind.nameservers.length > 0 ? behind : this.#own;
  }

  /** Directories are watched, not files: the file is replaced by renaming, and may be a link into another directory. */
  async #watch(): Promise<void> {
    const target = await realpath(this.#path).catch(() => this.#path);
    for (const directory of new Set([dirname(this.#path), dirname(target)])) {
      try {
        const watcher = watch(directory, { persistent: false }, (_event, name) => {
          if (name !== null && !name.includes("resolv")) return;
          this.#read().catch((error: unknown) =>
            this.#log.warn("host nameservers cannot be read", { path: this.#path, error }),
          );
        });
        watcher.on("error", (error) =>
          this.#log.warn("host nameservers are not followed", { directory, error }),
        );
        this.#watchers.push(watcher);
      } catch (error) {
        this.#log.warn("host nameservers are not followed", { directory, error });
      }
    }
  }
}

async function readConf(path: string): Promise<ResolvConf> {
  try {
    return parseResolvConf(await readFile(path, "utf8"));
  } catch {
    return empty;
  }
}
