import { createReadStream } from "node:fs";
import type { ProgressMessage } from "../../api/types/image.ts";
import {
  compileDockerignore,
  type IgnoreMatcher,
  parseDockerignore,
} from "../../model/dockerfile/dockerignore.ts";
import { findCopySource } from "../../model/dockerfile/graph.ts";
import type { CopyInstruction } from "../../model/dockerfile/types.ts";
import { EngineError } from "../error.ts";
import type { BuildRun } from "./build-run.ts";
import { onDisk, toBytes, toText } from "./byte-path.ts";
import { type CopyTarget, copySource } from "./copy-tree.ts";
import { copyDestination } from "./destination.ts";
import { type Download, downloadSource, isUrl } from "./download.ts";
import { writeHeredocs } from "./heredoc-files.ts";
import { layerStep } from "./layer-step.ts";
import { resolveOwner, rootOwner } from "./owner.ts";
import { fetchRepository, isGitAddress } from "./repository.ts";
import { resolveImage } from "./resolve-image.ts";
import { type FoundSource, findSources } from "./sources.ts";
import type { StageState } from "./stage-state.ts";
import { digestTree, type LeavesOut } from "./tree-walk.ts";
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
  readonly excluded: IgnoreMatcher;
  /** `ADD --unpack`; undefined: local archives are unpacked, fetched ones are not. */
  readonly unpacks: boolean | undefined;
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
    contents.push([top, await digestTree(place.hostPath, ownership, signal, leavesOut(plan, below))]);
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
    ...(plan.unpacks === undefined ? [] : [plan.unpacks]),
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
  checkFlags(instruction);
  const from = flag("from");
  const root =
    from === undefined
      ? run.context.root
      : yield* sourceRoot(run, instruction.stage, expandWord(from), signal);
  const words = instruction.sources.map((word) => expandWord(word.raw));
  const isAdd = instruction.name === "ADD";
  const repositories = isAdd ? words.filter(isGitAddress) : [];
  const urls = isAdd ? words.filter((word) => isUrl(word) && !isGitAddress(word)) : [];
  const paths = words.filter((word) => !urls.includes(word) && !repositories.includes(word));
  const excluded = compileDockerignore(
    instruction.flags.flatMap(({ name, value = "" }) =>
      name === "exclude" ? parseDockerignore(expandWord(value)) : [],
    ),
  );
  const all = paths.length === 0 ? [] : await findSources(root, paths, instruction.name);
  const sources = all.filter(
    ({ name, below, place }) =>
      place.kind === "directory" || !(excluded.ignores(toText(name)) || excluded.ignores(toText(below))),
  );
  sources.push(...(await writeHeredocs(run, instruction, lookup)));
  const downloads: Download[] = [];
  for (const url of urls)
    downloads.push(await downloadSource(url, run.workspace.newPath("download"), signal));
  const commits: string[] = [];
  for (const address of repositories) {
    const directory = run.workspace.newPath("repository");
    const gitDirectory = isOn(instruction, "keep-git-dir") ? "keep" : "remove";
    const { place, commit } = await fetchRepository(expandWord(address), { directory, gitDirectory }, signal);
    sources.push({ name: "", below: "", place });
    commits.push(commit);
  }
  checkDigests(flag("checksum"), downloads, commits);
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
    hasParents: isOn(instruction, "parents"),
    excluded,
    unpacks: flag("unpack") === undefined ? undefined : isOn(instruction, "unpack"),
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
  const archiveOwner = plan.chown === undefined ? "archive" : owner;
  const unpack = (source: FoundSource) =>
    unpackArchive(
      createReadStream(onDisk(source.place.hostPath), { signal }),
      { root: layer.root, directory: plan.destination, owner: archiveOwner },
      signal,
    );
  for (const source of plan.sources) {
    const mayUnpack = plan.instruction.name === "ADD" && plan.unpacks !== false;
    if (mayUnpack && (await isLocalArchive(source, signal))) await unpack(source);
    else {
      const place = { destination: destinationOf(source, plan), leavesOut: leavesOut(plan, source.below) };
      await copySource(source, { ...target, ...place }, signal);
    }
  }
  for (const { source } of plan.downloads) {
    if (plan.unpacks === true && (await isLocalArchive(source, signal))) await unpack(source);
    else await copySource(source, { ...target, mode: plan.mode ?? 0o600 }, signal);
  }
}

/** What `--exclude` leaves out of a source: its patterns start at the source, with `--parents` where its path does. */
function leavesOut({ excluded, hasParents }: CopyPlan, below: string): LeavesOut {
  const prefix = hasParents ? `${toText(below)}/` : "";
  return (path) => excluded.ignores(prefix + toText(path)) && !excluded.mayKeepBelow(prefix + toText(path));
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

const switches: readonly string[] = ["link", "parents", "keep-git-dir", "unpack"];

function isOn({ flags }: CopyInstruction, wanted: string): boolean {
  const flag = flags.findLast(({ name }) => name === wanted);
  return flag !== undefined && flag.value !== "false" && flag.value !== "0";
}

/** `--link` only changes how layers are shared, so it needs nothing. */
function checkFlags(instruction: CopyInstruction): void {
  for (const { name, value } of instruction.flags) {
    if (!switches.includes(name) && (value === undefined || value === "")) {
      throw new EngineError("invalid-argument", `${instruction.name} --${name} needs a value`);
    }
    if (switches.includes(name) && !/^(true|false|1|0)$/.test(value ?? "true")) {
      throw new EngineError(
        "invalid-argument",
        `${instruction.name} --${name} is true or false, not "${value}"`,
      );
    }
  }
}

/** `ADD --checksum` for one downloaded file (`sha256:HEX`) or one repository (its commit, or how that begins). */
function checkDigests(
  expected: string | undefined,
  downloads: readonly Download[],
  commits: readonly string[],
): void {
  if (expected === undefined) return;
  if (downloads.length + commits.length !== 1) {
    throw new EngineError("invalid-argument", "ADD --checksum can only be used with one address to download");
  }
  const [download] = downloads;
  const [commit = ""] = commits;
  const found = download === undefined ? commit : `sha256:${download.digest}`;
  if (expected === found || (/^[0-9a-f]{7,}$/.test(expected) && commit.startsWith(expected))) return;
  throw new EngineError("invalid-argument", `ADD failed: digest mismatch ${found}: ${expected}`);
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
