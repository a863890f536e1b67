import { createReadStream } from "node:fs";
import {
  compileDockerignore,
  type IgnoreMatcher,
  parseDockerignore,
} from "../../model/dockerfile/dockerignore.ts";
import { findCopySource } from "../../model/dockerfile/graph.ts";
import type { CopyInstruction } from "../../model/dockerfile/types.ts";
import { EngineError } from "../error.ts";
import type { StepScope } from "./build-run.ts";
import { onDisk, toBytes, toText } from "./byte-path.ts";
import { type CopyTarget, copySource } from "./copy-tree.ts";
import type { StepPlan, StepWork } from "./definition.ts";
import { copyDestination } from "./destination.ts";
import { digestFiles } from "./digest-files.ts";
import { type Download, downloadSource, isUrl } from "./download.ts";
import { writeHeredocs } from "./heredoc-files.ts";
import type { PlaceInRoot } from "./in-root.ts";
import { type ModeChange, parseModeChange } from "./mode-change.ts";
import { resolveOwner, rootOwner } from "./owner.ts";
import { fetchRepository, isGitAddress } from "./repository.ts";
import { type FoundSource, findSources } from "./sources.ts";
import { digestTree, type LeavesOut } from "./tree-walk.ts";
import { isArchive, unpackArchive } from "./unpack-archive.ts";
import { expand, lookupIn } from "./variables.ts";
import type { OpenLayer } from "./workspace.ts";

/** One COPY or ADD with everything looked up but the files: how they get where they go. */
interface CopyRules {
  readonly instruction: CopyInstruction;
  readonly destination: string;
  readonly chown: string | undefined;
  readonly mode: ModeChange | undefined;
  /** `--chmod` as written, variables expanded. */
  readonly chmod: string | undefined;
  /** `--parents`: a source's directories are made below the destination. */
  readonly hasParents: boolean;
  readonly excluded: IgnoreMatcher;
  /** `ADD --unpack`; undefined: local archives are unpacked, fetched ones are not. */
  readonly unpacks: boolean | undefined;
  /** Files of another stage or image keep their owners unless --chown is given; those of the context are root's. */
  readonly keepsOwner: boolean;
}

/** What is copied: files that are there, and files that were fetched. */
interface CopyFiles {
  readonly sources: readonly FoundSource[];
  readonly downloads: readonly Download[];
}

/** COPY and ADD. Throws `invalid-argument` for missing sources, `not-implemented` for flags that are not there yet. */
export async function planCopy(scope: StepScope, instruction: CopyInstruction): Promise<StepPlan> {
  const { run, before, sources, report, signal } = scope;
  const lookup = lookupIn(before.variables);
  const expandWord = (text: string) => expand(text, lookup, { escape: run.file.escape });
  const rules = readRules(instruction, before.config.WorkingDir, expandWord);
  const words = instruction.sources.map((word) => expandWord(word.raw));
  const shown = [...words, ...instruction.heredocs.map(({ name }) => `<<${name}`)];
  const createdBy = `${instruction.name} ${shown.join(" ")} ${expandWord(instruction.destination?.raw ?? "")} # buildkit`;
  const heredocs = await writeHeredocs(run, instruction, lookup);
  const isLinked = isOn(instruction, "link");
  const from = flagOf(instruction, "from");
  const source =
    from === undefined ? undefined : findCopySource(run.file, expandWord(from), instruction.stage);
  if (source === undefined) {
    const fetched = await fetchAll(scope, instruction, words, expandWord);
    const local = await findLocal(run.context.root, fetched.paths, rules);
    const files = { sources: [...local, ...heredocs, ...fetched.repositories], downloads: fetched.downloads };
    const { digests } = run.context;
    const inputs = await contentInputs(rules, files, signal, digests);
    const work: StepWork = {
      stages: [],
      isLinked,
      run: (layer, _, stop) => copyAll(rules, files, layer, stop, digests),
    };
    return { changes: {}, inputs, createdBy, work };
  }
  const find = async (stop: AbortSignal): Promise<CopyFiles> => {
    const local = await findLocal(await sources.rootOf(source, stop), words, rules);
    return { sources: [...local, ...heredocs], downloads: [] };
  };
  const texts = instruction.heredocs.map(({ content, expand }) => [content, expand]);
  const excludes = instruction.flags.flatMap(({ name, value = "" }) =>
    name === "exclude" ? [expandWord(value)] : [],
  );
  return {
    changes: {},
    inputs: ["COPY from", await sources.keyOf(source, report), words, texts, excludes, ...identityOf(rules)],
    createdBy,
    work: {
      stages: source.kind === "stage" ? [source.index] : [],
      isLinked,
      contentInputs: async (stop) => await contentInputs(rules, await find(stop), stop),
      run: async (layer, _, stop) => copyAll(rules, await find(stop), layer, stop),
    },
  };
}

function readRules(
  instruction: CopyInstruction,
  workingDirectory: string | undefined,
  expandWord: (text: string) => string,
): CopyRules {
  checkFlags(instruction);
  const destination = copyDestination(workingDirectory, expandWord(instruction.destination?.raw ?? ""));
  const expanded = (name: string) => {
    const value = flagOf(instruction, name);
    return value === undefined ? undefined : expandWord(value);
  };
  const [chown, chmod] = [expanded("chown"), expanded("chmod")];
  return {
    instruction,
    destination: toBytes(destination),
    chown,
    chmod,
    mode: chmod === undefined ? undefined : parseModeChange(chmod),
    hasParents: isOn(instruction, "parents"),
    excluded: compileDockerignore(
      instruction.flags.flatMap(({ name, value = "" }) =>
        name === "exclude" ? parseDockerignore(expandWord(value)) : [],
      ),
    ),
    unpacks: flagOf(instruction, "unpack") === undefined ? undefined : isOn(instruction, "unpack"),
    keepsOwner: flagOf(instruction, "from") !== undefined && chown === undefined,
  };
}

/** Of the rules, what decides the outcome. */
function identityOf(rules: CopyRules): readonly unknown[] {
  return [
    rules.instruction.name,
    rules.destination,
    rules.chown,
    rules.chmod,
    rules.keepsOwner,
    rules.hasParents,
    isOn(rules.instruction, "link"),
    ...(rules.unpacks === undefined ? [] : [rules.unpacks]),
  ];
}

async function contentInputs(
  rules: CopyRules,
  files: CopyFiles,
  signal: AbortSignal,
  digests?: ReadonlyMap<string, string>,
): Promise<readonly unknown[]> {
  checkDestination(rules, files);
  const isFromStage = flagOf(rules.instruction, "from") !== undefined;
  const digest = (place: PlaceInRoot, left: LeavesOut | undefined) =>
    isFromStage && left === undefined
      ? digestFiles(place, signal)
      : digestTree(place.hostPath, rules.keepsOwner ? "include" : "ignore", signal, left, digests);
  const contents: (readonly [string, string])[] = [];
  for (const { name, below, place } of files.sources) {
    const top = rules.hasParents ? below : place.kind === "directory" ? "" : name;
    contents.push([top, await digest(place, leavesOut(rules, below))]);
  }
  for (const { name, digest } of files.downloads) contents.push([name, digest]);
  return [contents, ...identityOf(rules)];
}

function checkDestination({ instruction, destination }: CopyRules, { sources, downloads }: CopyFiles): void {
  if (sources.length + downloads.length <= 1 || destination.endsWith("/")) return;
  throw new EngineError(
    "invalid-argument",
    `When using ${instruction.name} with more than one source file, the destination must be a directory and end with a /`,
  );
}

async function findLocal(root: string, words: readonly string[], rules: CopyRules): Promise<FoundSource[]> {
  const all = words.length === 0 ? [] : await findSources(root, words, rules.instruction.name);
  const { excluded } = rules;
  return all.filter(
    ({ name, below, place }) =>
      place.kind === "directory" || !(excluded.ignores(toText(name)) || excluded.ignores(toText(below))),
  );
}

/** What ADD gets from elsewhere; `paths` are the other words. */
async function fetchAll(
  { run, report, signal }: StepScope,
  instruction: CopyInstruction,
  words: readonly string[],
  expandWord: (text: string) => string,
): Promise<{
  readonly paths: readonly string[];
  readonly downloads: readonly Download[];
  readonly repositories: readonly FoundSource[];
}> {
  const isAdd = instruction.name === "ADD";
  const addresses = isAdd ? words.filter(isGitAddress) : [];
  const urls = isAdd ? words.filter((word) => isUrl(word) && !isGitAddress(word)) : [];
  if (urls.length + addresses.length > 0) report.start();
  const downloads: Download[] = [];
  for (const url of urls)
    downloads.push(await downloadSource(url, run.workspace.newPath("download"), signal));
  const commits: string[] = [];
  const repositories: FoundSource[] = [];
  for (const address of addresses) {
    const directory = run.workspace.newPath("repository");
    const gitDirectory = isOn(instruction, "keep-git-dir") ? "keep" : "remove";
    const { place, commit } = await fetchRepository(expandWord(address), { directory, gitDirectory }, signal);
    repositories.push({ name: "", below: "", place });
    commits.push(commit);
  }
  checkDigests(flagOf(instruction, "checksum"), downloads, commits);
  const paths = words.filter((word) => !urls.includes(word) && !addresses.includes(word));
  return { paths, downloads, repositories };
}

function flagOf({ flags }: CopyInstruction, wanted: string): string | undefined {
  return flags.findLast(({ name }) => name === wanted)?.value;
}

async function copyAll(
  plan: CopyRules,
  files: CopyFiles,
  layer: OpenLayer,
  signal: AbortSignal,
  ownFiles?: ReadonlyMap<string, string>,
): Promise<void> {
  checkDestination(plan, files);
  const owner = plan.chown === undefined ? rootOwner : await resolveOwner(layer.usersRoot, plan.chown);
  const target: CopyTarget = {
    root: layer.root,
    destination: plan.destination,
    owner: plan.keepsOwner ? "source" : owner,
    mode: plan.mode,
    // An archive may unpack over anything, links that are still to be made included.
    ...(ownFiles === undefined || plan.instruction.name === "ADD"
      ? {}
      : { linking: { links: layer.links, ownFiles } }),
  };
  const unpack = (source: FoundSource) =>
    unpackArchive(
      createReadStream(onDisk(source.place.hostPath), { signal }),
      { root: layer.root, directory: plan.destination, owner: "archive", directoryOwner: owner },
      signal,
    );
  for (const source of files.sources) {
    const mayUnpack = plan.instruction.name === "ADD" && plan.unpacks !== false;
    if (mayUnpack && (await isLocalArchive(source, signal))) await unpack(source);
    else {
      const place = {
        destination: destinationOf(source, plan, target.destination),
        leavesOut: leavesOut(plan, source.below),
      };
      await copySource(source, { ...target, ...place }, signal);
    }
  }
  for (const { source } of files.downloads) {
    if (plan.unpacks === true && (await isLocalArchive(source, signal))) await unpack(source);
    else await copySource(source, { ...target, mode: plan.mode ?? (() => 0o600) }, signal);
  }
}

/** What `--exclude` leaves out of a source: its patterns start at the source, with `--parents` where its path does. */
function leavesOut({ instruction, excluded, hasParents }: CopyRules, below: string): LeavesOut | undefined {
  if (flagOf(instruction, "exclude") === undefined) return undefined;
  const prefix = hasParents ? `${toText(below)}/` : "";
  return (path) => excluded.ignores(prefix + toText(path)) && !excluded.mayKeepBelow(prefix + toText(path));
}

function destinationOf(
  { below, place }: FoundSource,
  { hasParents }: CopyRules,
  destination: string,
): string {
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
