import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventDraft, SandboxRequest } from "../../container/ports.ts";
import { ipBatch, ipBatchForced } from "../../host/ip.ts";
import { type Program, run, startProgram } from "../../host/run.ts";
import type { Logger } from "../../log.ts";
import { createNetworks, type Networks } from "../networks.ts";
import type { ContainerDirectory, ContainerEntry } from "../ports.ts";

const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A network room on the real kernel under an instance of its own, and programs inside of its namespaces. */
export class KernelNetworks implements AsyncDisposable {
  readonly root: string;
  readonly instance: string;
  readonly events: EventDraft[] = [];
  readonly containers = new Map<string, ContainerEntry>();
  readonly warnings: string[] = [];
  readonly signal = AbortSignal.timeout(60_000);
  readonly #programs: Program[] = [];
  readonly #stop = new AbortController();
  readonly #undo: string[] = [];
  networks: Networks;

  private constructor(root: string, instance: string, networks: Networks) {
    this.root = root;
    this.instance = instance;
    this.networks = networks;
  }

  static async open(nameservers: readonly string[] = []): Promise<KernelNetworks> {
    const root = await mkdtemp(join(tmpdir(), "berth-network-"));
    const conf = nameservers.map((server) => `nameserver ${server}\n`).join("");
    await writeFile(join(root, "resolv.conf"), conf);
    const instance = randomBytes(4).toString("hex");
    const fixture = new KernelNetworks(root, instance, await openNetworks(root, instance, () => {}));
    fixture.networks.useContainers(fixture.#directory());
    try {
      await fixture.networks.restore(new Set(), fixture.signal);
      return fixture;
    } catch (error) {
      await fixture.networks.stop();
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  /** As if the engine was killed and started again. */
  async restart(live: readonly string[]): Promise<void> {
    await this.networks.stop();
    this.networks = await openNetworks(this.root, this.instance, (draft) => this.events.push(draft));
    this.networks.useContainers(this.#directory());
    await this.networks.restore(new Set(live), this.signal);
  }

  async start(name: string, change: Partial<SandboxRequest> = {}) {
    const containerId = randomBytes(32).toString("hex");
    const request = sandboxRequest(containerId, name, change);
    const sandbox = await this.networks.sandboxes.create(request, this.signal);
    const networks = Object.keys(sandbox.settings.Networks);
    this.containers.set(name, {
      id: containerId,
      name,
      running: true,
      networkMode: request.networkMode,
      networks,
    });
    return { containerId, sandbox, netns: sandbox.netnsPath?.split("/").at(-1) ?? "" };
  }

  /** The output of a program that runs in a namespace. */
  async inside(netns: string, ...argv: readonly string[]): Promise<string> {
    const command = ["ip", "netns", "exec", netns, ...argv] as const;
    return await run({ argv: ["timeout", "5", ...command], parse: (output) => output }, this.signal);
  }

  /** A server that tells each client its address; ready when the promise resolves. */
  async serve(netns: string, port: number, protocol: "tcp" | "tcp6" | "udp" = "tcp"): Promise<void> {
    const family = protocol === "tcp6" ? "6" : "4";
    const listen =
      protocol === "udp" ? `UDP4-RECVFROM:${port},fork` : `TCP${family}-LISTEN:${port},fork,reuseaddr`;
    const answer = protocol === "udp" ? "SYSTEM:cat" : "SYSTEM:echo you are $SOCAT_PEERADDR";
    const program = startProgram(
      {
        argv: ["ip", "netns", "exec", netns, "socat", "-d", "-d", listen, answer],
        stdin: "none",
        stderr: "pipe",
        stdout: "none",
      },
      this.#stop.signal,
    );
    this.#programs.push(program);
    for await (const text of program.stderr ?? []) if (/listening|receiving/.test(String(text))) break;
  }

  /** A neighbour of this host: a namespace with a veth of its own to the host. Its address, and the host's address and link. */
  async addNeighbour(
    subnetPrefix: string,
  ): Promise<{ netns: string; address: string; hostAddress: string; hostLink: string }> {
    const netns = `client-${this.instance}`;
    const [address, hostAddress] = [`${subnetPrefix}.2`, `${subnetPrefix}.1`];
    const veth = `nb${this.instance}`;
    this.#undo.push(`link delete ${veth}`, `netns delete ${netns}`);
    const host = [
      `netns add ${netns}`,
      `link add ${veth} type veth peer name eth0 netns ${netns}`,
      `address add ${hostAddress}/30 dev ${veth}`,
      `link set ${veth} up`,
    ];
    await run(ipBatch(host), this.signal);
    const own = [
      "link set lo up",
      "link set eth0 up",
      `address add ${address}/30 dev eth0`,
      `route add default via ${hostAddress}`,
    ];
    await run(ipBatch(own, netns), this.signal);
    return { netns, address, hostAddress, hostLink: veth };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#programs.map((program) => program.exited));
    const signal = AbortSignal.timeout(20_000);
    if (this.#undo.length > 0) await run(ipBatchForced(this.#undo), signal).catch(() => {});
    try {
      await this.networks.removeEverything(signal);
    } finally {
      // The watch of the firewall would keep the test from ending.
      await this.networks.stop();
      await rm(this.root, { recursive: true, force: true });
    }
  }

  #directory(): ContainerDirectory {
    return {
      find: async (name) =>
        [...this.containers.values()].find((entry) => entry.name === name || entry.id === name),
      setEndpoint: async () => {},
      setNameFiles: async () => {},
    };
  }
}

function openNetworks(
  root: string,
  instance: string,
  publish: (draft: EventDraft) => void,
): Promise<Networks> {
  return createNetworks({
    root,
    instance,
    isDefaultInstance: false,
    events: { publish },
    log: quiet,
    resolvConfPath: join(root, "resolv.conf"),
  });
}

export function sandboxRequest(
  containerId: string,
  name: string,
  change: Partial<SandboxRequest> = {},
): SandboxRequest {
  return {
    containerId,
    name,
    hostname: containerId.slice(0, 12),
    domainname: "",
    networkMode: "default",
    endpoints: {},
    portBindings: {},
    exposedPorts: [],
    publishAllPorts: false,
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    extraHosts: [],
    ...change,
  };
}

/** What Node inside of a namespace gets for a name from a nameserver; the error's code when there is none. */
export async function lookUp(
  kernel: KernelNetworks,
  netns: string,
  server: string,
  name: string,
): Promise<string> {
  const script = `
    const resolver = new (require("dns").Resolver)({ timeout: 4000, tries: 1 });
    resolver.setServers([${JSON.stringify(server)}]);
    resolver.resolve4(${JSON.stringify(name)}, (error, found) => console.log(error ? error.code : found.join(" ")));`;
  return (await kernel.inside(netns, process.execPath, "-e", script)).trim();
}
