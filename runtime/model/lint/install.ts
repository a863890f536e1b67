import type { RunInstruction } from "../dockerfile/types.ts";
import type { OffsetRange } from "../text/problem.ts";
import type { Finding, LintSubject } from "./rule.ts";
import { argumentsOf, programName, type ShellCommand, type ShellWord } from "./shell.ts";

/** How a package manager's command line is read. */
export interface InstallShape {
  readonly programs: readonly string[];
  readonly verbs: readonly string[];
  /** Options whose value is the next word. */
  readonly valueOptions: readonly string[];
}

/** One install command: the verb's word and what stands after it. */
export interface Install {
  readonly run: RunInstruction;
  readonly command: ShellCommand;
  readonly verb: ShellWord;
  readonly options: readonly ShellWord[];
  readonly packages: readonly ShellWord[];
}

export const APT: InstallShape = {
  programs: ["apt-get", "apt", "aptitude"],
  verbs: ["install"],
  valueOptions: [
    "-t",
    "--target-release",
    "--default-release",
    "-o",
    "--option",
    "-c",
    "--config-file",
    "-a",
  ],
};
export const APK: InstallShape = {
  programs: ["apk"],
  verbs: ["add"],
  valueOptions: [
    "-t",
    "--virtual",
    "-p",
    "--root",
    "-X",
    "--repository",
    "--repositories-file",
    "--keys-dir",
    "--cache-dir",
    "--arch",
  ],
};
export const DNF: InstallShape = {
  programs: ["dnf", "microdnf", "dnf5"],
  verbs: ["install", "groupinstall", "localinstall", "reinstall"],
  valueOptions: [
    "-c",
    "--config",
    "-x",
    "--exclude",
    "--enablerepo",
    "--disablerepo",
    "--repo",
    "--releasever",
    "--installroot",
    "--setopt",
  ],
};
export const YUM: InstallShape = { ...DNF, programs: ["yum"] };
export const ZYPPER: InstallShape = {
  programs: ["zypper"],
  verbs: ["install", "in"],
  valueOptions: ["--from", "-t", "--type", "-r", "--repo", "--root", "-R"],
};
export const PIP: InstallShape = {
  programs: ["pip", "pip2", "pip3"],
  verbs: ["install"],
  valueOptions: [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-t",
    "--target",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--prefix",
    "--root",
    "--src",
    "--platform",
    "--python-version",
    "--implementation",
    "--abi",
    "--upgrade-strategy",
    "--global-option",
    "--install-option",
    "--no-binary",
    "--only-binary",
    "--progress-bar",
    "--cache-dir",
    "--trusted-host",
    "--proxy",
    "--timeout",
    "--retries",
    "--cert",
    "--log",
    "--config-settings",
  ],
};
export const NPM: InstallShape = {
  programs: ["npm"],
  verbs: ["install", "i", "add"],
  valueOptions: [
    "--prefix",
    "-C",
    "--registry",
    "--cache",
    "--loglevel",
    "--omit",
    "--include",
    "-w",
    "--workspace",
    "--userconfig",
  ],
};
export const GEM: InstallShape = {
  programs: ["gem"],
  verbs: ["install", "i"],
  valueOptions: [
    "-v",
    "--version",
    "-i",
    "--install-dir",
    "-n",
    "--bindir",
    "-s",
    "--source",
    "--platform",
    "-P",
    "--document",
    "-p",
  ],
};
export const GO: InstallShape = {
  programs: ["go"],
  verbs: ["install"],
  valueOptions: ["-ldflags", "-tags", "-mod", "-o", "-p"],
};

const PYTHONS = [
  "python",
  "python2",
  "python3",
  ...Array.from({ length: 20 }, (_, minor) => `python3.${minor}`),
];

/** Every install command of the file that one of the shapes describes. */
export function* installs(subject: LintSubject, ...shapes: readonly InstallShape[]): Generator<Install> {
  for (const shape of shapes) {
    const modules = shape === PIP ? PYTHONS : [];
    for (const { run, command } of subject.calls(...shape.programs, ...modules)) {
      const install = installOf(run, command, shape);
      if (install !== undefined) yield install;
    }
  }
}

function installOf(run: RunInstruction, command: ShellCommand, shape: InstallShape): Install | undefined {
  const words = pythonModule(command);
  if (!shape.programs.includes(words.program)) return undefined;
  const all = argumentsOf(words);
  const at = all.findIndex((word, index) => isVerb(word, all[index - 1], shape));
  if (at < 0) return undefined;
  const options = all.slice(0, at);
  const packages: ShellWord[] = [];
  for (let i = at + 1; i < all.length; i++) {
    const word = all[i]!;
    if (!word.value.startsWith("-")) packages.push(word);
    else {
      options.push(word);
      if (shape.valueOptions.includes(word.value)) i++;
    }
  }
  return { run, command, verb: all[at]!, options, packages };
}

/** The verb is the first word that is neither an option nor an option's value. */
function isVerb(word: ShellWord, previous: ShellWord | undefined, shape: InstallShape): boolean {
  return shape.verbs.includes(word.value) && !shape.valueOptions.includes(previous?.value ?? "");
}

/** `python3 -m pip install x` reads as `pip install x`. */
function pythonModule(command: ShellCommand): ShellCommand {
  if (!PYTHONS.includes(command.program) || command.words[1]?.value !== "-m") return command;
  const words = command.words.slice(2);
  return { ...command, program: programName(words[0]), words };
}

/** Whether one of the options is given: `-y` also within `-qy`, a long one with or without `=value`. */
export function hasOption(options: readonly ShellWord[], ...names: readonly string[]): boolean {
  return options.some(({ value }) =>
    names.some((name) =>
      name.startsWith("--")
        ? value === name || value.startsWith(`${name}=`)
        : /^-[A-Za-z]+-?$/.test(value) && value.includes(name.slice(1)),
    ),
  );
}

/** Whether the RUN keeps a directory out of the layer by a cache or tmpfs mount. */
export function hasMountAt(run: RunInstruction, ...paths: readonly string[]): boolean {
  return run.flags.some(({ name, value }) => {
    if (name !== "mount" || value === undefined || !/type=(?:cache|tmpfs)/.test(value)) return false;
    return paths.some((path) => value.includes(path));
  });
}

/** A word whose meaning is only known when the command runs, or that names a file. */
export function isOpaque(word: ShellWord): boolean {
  return (
    /[$`*]/.test(word.value) || /^(?:[.~]?\/|\.\.?(?:$|[[/]))/.test(word.value) || word.value.includes("://")
  );
}

/** One finding for the packages of each install that `isPinned` does not accept. */
export function* unpinned(
  subject: LintSubject,
  shape: InstallShape,
  isPinned: (value: string) => boolean,
  example: string,
): Generator<Finding> {
  for (const install of installs(subject, shape)) {
    const loose = install.packages.filter((word) => !isOpaque(word) && !isPinned(word.value));
    if (loose.length === 0) continue;
    yield {
      range: spanOf(loose),
      message: `no version is given for ${listOf(loose)}; write ${example} so that a later build installs the same`,
    };
  }
}

function spanOf(words: readonly ShellWord[]): OffsetRange {
  return { start: words[0]!.range.start, end: words[words.length - 1]!.range.end };
}

function listOf(words: readonly ShellWord[]): string {
  const names = words.slice(0, 3).map((word) => word.value);
  return words.length > 3 ? `${names.join(", ")} and ${words.length - 3} more` : names.join(", ");
}
