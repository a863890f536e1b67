import { join } from "node:path";
import { Readable } from "node:stream";
import { createBuilder } from "../../runtime/engine/build/builder.ts";
import { applyChanges } from "../../runtime/engine/build/changes.ts";
import { removeBuildLeftovers } from "../../runtime/engine/build/workspace.ts";
import { createContainers } from "../../runtime/engine/container/containers.ts";
import type { SandboxNetworks } from "../../runtime/engine/container/ports.ts";
import { ContentStore } from "../../runtime/engine/content/content-store.ts";
import { detectHost } from "../../runtime/engine/host/detect.ts";
import { instanceId } from "../../runtime/engine/host/instance.ts";
import type { BuildBackend, BuildRequest } from "../../runtime/engine/http/backend.ts";
import { createImages } from "../../runtime/engine/image/images.ts";
import { jsonLogger } from "../../runtime/engine/log.ts";
import { Registry } from "../../runtime/engine/registry/registry.ts";
import { OverlaySnapshots } from "../../runtime/engine/snapshot/overlay-snapshots.ts";
import { busyboxLayer } from "./oci-layout.ts";

const log = jsonLogger(() => {});
const never = new AbortController().signal;

export type BuildEngine = Awaited<ReturnType<typeof openBuildEngine>>;

/** The rooms a build needs, all real; steps run in the host's network. */
export async function openBuildEngine(root: string, runDirectory: string) {
  const content = await ContentStore.open(join(root, "content"));
  const snapshots = await OverlaySnapshots.open({ root, content, log }, never);
  const events = { publish: () => {} };
  const images = await createImages({
    applyChanges,
    ...{ root, content, snapshots, events, log },
    registry: new Registry({ mirrors: [], insecureHosts: [], hubUrl: "http://127.0.0.1:1", stallMs: 2000 }),
    containersUsing: async () => [],
  });
  const containers = await createContainers({
    ...{ root, images, events, log },
    runDir: join(runDirectory, `run-${instanceId(root)}`),
    instance: instanceId(root),
    host: await detectHost(never),
    rootfs: snapshots,
    volumes: { acquire: unused, ensureMounted: unused, release: unused },
    networks: hostNetwork,
  });
  const { steps } = containers;
  const stop = async () => {
    await containers.stop();
    await snapshots.settled();
  };
  await removeBuildLeftovers(root, snapshots, log, never);
  const builder: BuildBackend = await createBuilder({
    root,
    runDirectory: join(runDirectory, `run-${instanceId(root)}`),
    images,
    snapshots,
    steps,
    log,
  });
  return { content, snapshots, images, builder, stop };
}

const hostNetwork: SandboxNetworks = {
  plan: unused,
  create: async () => ({
    netnsPath: undefined,
    settings: {
      ...{
        Bridge: "",
        SandboxID: "",
        SandboxKey: "",
        Ports: {},
        EndpointID: "",
        Gateway: "",
        MacAddress: "",
      },
      ...{
        GlobalIPv6Address: "",
        GlobalIPv6PrefixLen: 0,
        IPAddress: "",
        IPPrefixLen: 0,
        IPv6Gateway: "",
        Networks: {},
      },
    },
    resolvConf: "",
    hosts: "127.0.0.1 localhost\n",
  }),
  remove: async () => {},
  find: async () => undefined,
};

function unused(): never {
  throw new Error("a build does not need this");
}

/** `busybox:latest` and `onbuild:latest`, which has triggers. */
export async function storeBases({ content, images }: BuildEngine): Promise<void> {
  const { digest, sizeBytes } = await content.put(await busyboxLayer());
  const layer = { digest, diffId: digest, sizeBytes, mediaType: "application/vnd.oci.image.layer.v1.tar" };
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const history = [{ created: "2024-01-02T03:04:05Z", created_by: "busybox" }];
  const config = { created: "2024-01-02T03:04:05Z", architecture, os: "linux", history };
  await images.commit(
    { base: undefined, layers: [layer], config: { ...config, config: { Env: ["PATH=/bin"], Cmd: ["sh"] } } },
    ["busybox:latest"],
  );
  const onbuild = {
    ...config,
    config: { Env: ["PATH=/bin"], OnBuild: ["COPY a.txt /onbuild", "RUN cat /onbuild"] },
  };
  await images.commit({ base: undefined, layers: [layer], config: onbuild }, ["onbuild:latest"]);
}

/** A build request with nothing asked for but what is given. */
export function buildRequest(options: Partial<BuildRequest>): BuildRequest {
  return {
    ...{ context: Readable.from([]), dockerfile: "Dockerfile", tags: [], buildArgs: {}, labels: {} },
    ...{
      target: "",
      noCache: false,
      pull: false,
      quiet: false,
      wantsEvents: false,
      networkMode: "host",
      platform: undefined,
    },
    ...{
      extraHosts: [],
      limits: {},
      cacheFrom: [],
      remote: undefined,
      secrets: undefined,
      stopAt: undefined,
      wantsChanges: false,
      shmSizeBytes: undefined,
      auth: {},
    },
    ...options,
  };
}
