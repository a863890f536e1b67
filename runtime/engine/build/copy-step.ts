import { createReadStream } from "node:fs";
import type { ProgressMessage } from "../../api/types/image.ts";
import { findCopySource } from "../../model/dockerfile/graph.ts";
import type { CopyInstruction } from "../../model/dockerfile/types.ts";
import { EngineError } from "../error.ts";
import type { BuildRun } from "./build-run.ts";
import { onDisk, toBytes } from "./byte-path.ts";
import { type CopyTarget, copySource } from "./copy-tree.ts";
import { copyDestination } from "./destination.ts";
import { type Download, downloadSource, isGitAddress, isUrl } from "./download.ts";
import { writeHeredocs } from "./heredoc-files.ts";
import { layerStep } from "./layer-step.ts";
import { resolveOwner, rootOwner } from "./owner.ts";
import { resolveImage } from "./resolve-image.ts";
import { type FoundSource, findSources } from "./sources.ts";
import type { StageState } from "./stage-state.ts";
import { digestTree } from "./tree-walk.ts";
import { isArchive, unpackArchive } from "./unpack-archive.ts";
import { envMap, expand, lookupIn } from "./variables.ts";
import type { OpenLayer } from "./workspace.ts";

/** One COPY or ADD with everything looked up: what comes from where, and where it goes. */
interface CopyPlan {
  readonly instruction: CopyInstruction;
  readonly sources: readonly FoundSource[];
  readonly downloads: readonly Download[];
  readonly destination: string;
  readonly chown: string | undefined;
  readonly mode: number | undefined;
  /** `--parents`: a source's directories are made below the destination. */
  readonly hasParents: boolean;
  /** Files of another stage or image keep their owners unless --chown is given; those of the context are root's. */
  readonly keepsOwner: boolean;
}

/** COPY and ADD. Throws `invalid-argument` for missing sources, `not-implemented` for flags that are not there yet. */
export async function* copyStep(
  run: BuildRun,
  state: StageState,
  instruction: CopyInstruction,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, StageState, void> {
  const plan = yield* planCopy(run, state, instruction, signal);
  const ownership = plan.keepsOwner ? "include" : "ignore";
  const contents: (readonly [string, string])[] = [];
  for (const { name, below, place } of plan.sources) {
    const top = plan.hasParents ? below : place.kind === "directory" ? "" : name;
    contents.push([top, await digestTree(place.hostPath, ownership, signal)]);
  }
  for (const { name, digest } of plan.downloads) contents.push([name, digest]);
  const inputs = [
    instruction.name,
    contents,
    plan.destination,
    plan.chown,
    plan.mode,
    plan.keepsOwner,
    plan.hasParents,
  ];
  const from = instruction.flags.map(({ name, value }) => `--${name}=${value} `).join("");
  const createdBy = `/bin/sh -c #(nop) ${instruction.name} ${from}${instruction.argumentText} `;
  return yield* layerStep(run, state, { inputs, createdBy }, (layer) => copyAll(plan, layer, signal), signal);
}

async function* planCopy(
  run: BuildRun,
  state: StageState,
  instruction: CopyInstruction,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, CopyPlan, void> {
  const lookup = lookupIn(envMap(state.config.Env), state.args);
  const options = { escape: run.file.escape };
  const expandWord = (text: string) => expand(text, lookup, options);
  const flag = (name: string) => instruction.flags.findLast((item) => item.name === name)?.value;
  refuseFlags(instruction);
  const from = flag("from");
  const root =
    from === undefined
      ? run.context.root
      : yield* sourceRoot(run, instruction.stage, expandWord(from), signal);
  const words = instruction.sources.map((word) => expandWord(word.raw));
  const repository = instruction.name === "ADD" ? words.find(isGitAddress) : undefined;
  if (repository !== undefined) {
    throw new EngineError("not-implemented", `ADD ${repository}: cloning repositories is not implemented`);
  }
  const urls = instruction.name === "ADD" ? words.filter(isUrl) : [];
  const paths = words.filter((word) => !urls.includes(word));
  const sources = paths.length === 0 ? [] : await findSources(root, paths, instruction.name);
  sources.push(...(await writeHeredocs(run, instruction, lookup)));
  const downloads: Download[] = [];
  for (const url of urls)
    downloads.push(await downloadSource(url, run.workspace.newPath("download"), signal));
  checkDigests(flag("checksum"), downloads);
  const destination = copyDestination(
    state.config.WorkingDir,
    expandWord(instruction.destination?.raw ?? ""),
  );
  if (sources.length + downloads.length > 1 && !destination.endsWith("/")) {
    throw new EngineError(
      "invalid-argument",
      `When using ${instruction.name} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
  const [chown, chmod] = [flag("chown"), flag("chmod")];
  return {
    instruction,
    sources,
    downloads,
    destination: toBytes(destination),
    chown: chown === undefined ? undefined : expandWord(chown),
    mode: chmod === undefined ? undefined : parseMode(expandWord(chmod)),
    hasParents: instruction.flags.some(({ name, value }) => name === "parents" && value !== "false"),
    keepsOwner: from !== undefined && chown === undefined,
  };
}

/** The files of `--from`: a finished stage, or an image. */
export async function* sourceRoot(
  run: BuildRun,
  stage: number,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, string, void> {
  const source = findCopySource(run.file, name, stage);
  if (source.kind === "stage") {
    const state = run.stages.get(source.index);
    if (state === undefined) throw new Error(`stage ${source.index} was not built before its use`);
    return await run.workspace.readOnly(state.chainId, signal);
  }
  const image = yield* resolveImage(run, source.reference, undefined, signal);
  return await run.workspace.readOnly(image.chainId, signal);
}

async function copyAll(plan: CopyPlan, layer: OpenLayer, signal: AbortSignal): Promise<void> {
  const owner = plan.chown === undefined ? rootOwner : await resolveOwner(layer.root, plan.chown);
  const target: CopyTarget = {
    root: layer.root,
    destination: plan.destination,
    owner: plan.keepsOwner ? "source" : owner,
    mode: plan.mode,
  };
  for (const source of plan.sources) {
    if (plan.instruction.name === "ADD" && (await isLocalArchive(source, signal))) {
      const archive = createReadStream(onDisk(source.place.hostPath), { signal });
      await unpackArchive(
        archive,
        {
          root: layer.root,
          directory: plan.destination,
          owner: plan.chown === undefined ? "archive" : owner,
        },
        signal,
      );
    } else await copySource(source, { ...target, destination: destinationOf(source, plan) }, signal);
  }
  for (const { source } of plan.downloads)
    await copySource(source, { ...target, mode: plan.mode ?? 0o600 }, signal);
}

function destinationOf({ below, place }: FoundSource, { destination, hasParents }: CopyPlan): string {
  if (!hasParents) return destination;
  const path = place.kind === "directory" ? below : below.slice(0, below.lastIndexOf("/") + 1);
  return `${destination}/${path}/`;
}

async function isLocalArchive({ place }: FoundSource, signal: AbortSignal): Promise<boolean> {
  if (place.kind !== "file") return false;
  return await isArchive(createReadStream(onDisk(place.hostPath), { signal }), signal);
}

/** `--link` only changes how layers are shared, so it needs nothing; the others are not there yet. */
function refuseFlags(instruction: CopyInstruction): void {
  const known = ["from", "chown", "chmod", "link", "parents", "checksum"];
  for (const flag of instruction.flags) {
    if (!known.includes(flag.name)) {
      throw new EngineError("not-implemented", `${instruction.name} --${flag.name} is not implemented`);
    }
    if (flag.name !== "link" && flag.name !== "parents" && (flag.value === undefined || flag.value === "")) {
      throw new EngineError("invalid-argument", `${instruction.name} --${flag.name} needs a value`);
    }
  }
}

/** `ADD --checksum=sha256:HEX` for one downloaded file. */
function checkDigests(expected: string | undefined, downloads: readonly Download[]): void {
  if (expected === undefined) return;
  const [download, ...others] = downloads;
  if (download === undefined || others.length > 0) {
    throw new EngineError("invalid-argument", "ADD --checksum can only be used with one address to download");
  }
  if (expected !== `sha256:${download.digest}`) {
    const message = `ADD failed: digest mismatch sha256:${download.digest}: ${expected}`;
    throw new EngineError("invalid-argument", message);
  }
}

function parseMode(text: string): number {
  if (!/^[0-7]{1,5}$/.test(text) || Number.parseInt(text, 8) > 0o7777) {
    throw new EngineError(
      "invalid-argument",
      `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
    );
  }
  return Number.parseInt(text, 8);
}
