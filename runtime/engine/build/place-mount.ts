import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findCopySource } from "../../model/dockerfile/graph.ts";
import type { StepMount } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import type { BuildRun, StepScope } from "./build-run.ts";
import { onDisk, toBytes, toText } from "./byte-path.ts";
import { copySource } from "./copy-tree.ts";
import { digestFiles } from "./digest-files.ts";
import { type PlaceInRoot, resolveInRoot } from "./in-root.ts";
import type { AgentMount, RunMount, SecretMount } from "./run-mounts.ts";
import { placeAgent, placeSecret } from "./secrets.ts";
import { digestTree } from "./tree-walk.ts";

/** What a step gets of a mount: nothing of an optional secret that is not there. */
export interface OpenedMount {
  readonly mount?: StepMount;
  /** `NAME=value`. */
  readonly env?: readonly string[];
}

/** A mount and what of it counts for the cache; its directory is made ready only when the step really runs. */
export interface PlacedMount {
  /** Caches are taken in the order of this, so that two steps cannot wait for each other. */
  readonly order: string;
  readonly open: (held: AsyncDisposableStack, signal: AbortSignal) => Promise<OpenedMount>;
  readonly identity: readonly unknown[];
  /** The identity by content, where `identity` only names a stage or image. */
  readonly content?: (signal: AbortSignal) => Promise<readonly unknown[]>;
  /** The stage it needs built. */
  readonly stage?: number;
}

/** Looks up what a mount needs. Throws `invalid-argument` when it is not there. */
export async function placeMount(
  { run, sources, report, signal }: StepScope,
  stage: number,
  mount: RunMount,
): Promise<PlacedMount> {
  if (mount.type === "secret") return placeSecretMount(run, mount);
  if (mount.type === "ssh") return placeAgentMount(run, mount);
  const { target } = mount;
  if (mount.type === "tmpfs") {
    const size = mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`];
    // Programs may run there: configure scripts do so in /tmp.
    const made = { type: "tmpfs", source: "", target, readOnly: false, options: ["exec", ...size] } as const;
    return { order: "", open: async () => ({ mount: made }), identity: ["tmpfs", target, ...size] };
  }
  const from = mount.from === undefined ? undefined : findCopySource(run.file, mount.from, stage);
  const usedStage = from?.kind === "stage" ? { stage: from.index } : {};
  const find = async (stop: AbortSignal) =>
    await findMounted(from === undefined ? run.context.root : await sources.rootOf(from, stop), mount.source);
  if (mount.type === "cache") {
    const open = async (held: AsyncDisposableStack, stop: AbortSignal): Promise<OpenedMount> => {
      const seed = from === undefined ? undefined : await find(stop);
      const { source } = held.use(await run.cacheMounts.take(mount, seed, stop));
      return { mount: { type: "bind", source, target, readOnly: mount.readOnly } };
    };
    // What a cache holds does not count; so neither does what it starts with.
    return { ...usedStage, order: mount.id, open, identity: ["cache", target, mount.id] };
  }
  const open = async (_: AsyncDisposableStack, stop: AbortSignal): Promise<OpenedMount> => {
    const place = await find(stop);
    const source = mount.isWritable ? await writableCopy(run, place, stop) : place.hostPath;
    return { mount: { type: "bind", source: toText(source), target, readOnly: !mount.isWritable } };
  };
  const content = async (stop: AbortSignal) => {
    const place = await find(stop);
    const digest =
      from === undefined ? digestTree(place.hostPath, "include", stop) : digestFiles(place, stop);
    return ["bind", target, mount.isWritable, await digest];
  };
  if (from === undefined) return { order: "", open, identity: await content(signal) };
  const key = await sources.keyOf(from, report);
  const identity = ["bind from", key, mount.source, target, mount.isWritable];
  return { ...usedStage, order: "", open, identity, content };
}

/** The content is no part of the identity: who changes a secret wants no other layers. */
function placeSecretMount({ runDirectory, secrets }: BuildRun, mount: SecretMount): PlacedMount {
  const { id, target, env } = mount;
  const content = secrets.secrets.get(id);
  if (content === undefined && mount.isRequired) throw notGiven("secret", id, `--secret id=${id},src=FILE`);
  const identity = ["secret", id, target, env];
  if (content === undefined) return { order: "", open: async () => ({}), identity };
  const open = async (held: AsyncDisposableStack): Promise<OpenedMount> => {
    const opened = env === undefined ? {} : { env: [`${env}=${content.toString("utf8")}`] };
    if (target === undefined) return opened;
    const source = await placeSecret(join(runDirectory, "build"), content, mount, held);
    return { ...opened, mount: { type: "bind", source, target, readOnly: true } };
  };
  return { order: "", open, identity };
}

function placeAgentMount({ runDirectory, secrets }: BuildRun, mount: AgentMount): PlacedMount {
  const { id } = mount;
  const agent = secrets.agents.get(id);
  if (agent === undefined && mount.isRequired) throw notGiven("ssh", id, `--ssh ${id}`);
  const target = mount.target ?? `/run/buildkit/ssh_agent.${id.replaceAll(/[^\w.-]/g, "_")}`;
  const identity = ["ssh", id, mount.target];
  if (agent === undefined) return { order: "", open: async () => ({}), identity };
  const open = async (held: AsyncDisposableStack): Promise<OpenedMount> => {
    const source = await placeAgent(join(runDirectory, "build"), agent, mount, held);
    return { env: [`SSH_AUTH_SOCK=${target}`], mount: { type: "bind", source, target, readOnly: false } };
  };
  return { order: "", open, identity };
}

function notGiven(what: string, id: string, flag: string): EngineError {
  const message = `${what} ${id}: not found: the step requires it, and the build brings none (berth build ${flag})`;
  return new EngineError("invalid-argument", message);
}

async function findMounted(root: string, source: string): Promise<PlaceInRoot> {
  const place = await resolveInRoot(root, toBytes(source));
  if (place.kind !== "missing") return place;
  throw new EngineError("invalid-argument", `RUN --mount: "${source}" does not exist`);
}

/** What a step writes to a mount is not kept, and must not change what other steps see. */
async function writableCopy(run: BuildRun, place: PlaceInRoot, signal: AbortSignal): Promise<string> {
  const root = run.workspace.newPath("writable");
  await mkdir(onDisk(root), { mode: 0o755 });
  const target = { root, destination: "/content", owner: "source", mode: undefined } as const;
  await copySource({ name: "content", below: "", place }, target, signal);
  return `${root}/content`;
}
