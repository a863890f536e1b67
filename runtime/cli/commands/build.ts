import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { BuildOptions } from "../../api/engine-client.ts";
import { dockerfilePath, openBuildContext } from "../build-context.ts";
import { offerSecrets } from "../build-secrets.ts";
import { type BuildUpTo, diffAt, shellAt } from "../build-step-in.ts";
import { type Command, type CommandContext, command } from "../command.ts";
import { type FlagValues, list, number, onOff, text, UsageError } from "../command-line.ts";
import { lint } from "../lint.ts";
import { showProgress } from "../progress.ts";
import { limitBytes, pairs, sizeBytes, ulimit } from "../request-values.ts";

const flags = {
  "add-host": list("HOST:IP", "Add a host-to-IP mapping"),
  "build-arg": list("NAME[=VALUE]", "Set a build-time variable"),
  "cache-from": list("IMAGE", "Accepted for docker's sake: the cache needs no hints, and the engine says so"),
  check: onOff("Check the Dockerfile and build nothing"),
  "cpu-period": number("MICROSECONDS", "Period of the CPU limit"),
  "cpu-quota": number("MICROSECONDS", "CPU time of a RUN in each period"),
  "cpu-shares": number("NUMBER", "Share of the CPU, relative to others", "c"),
  "cpuset-cpus": text("LIST", "CPUs that RUN may use, as in 0-2"),
  "diff-at": number("LINE", "List what the instruction at this line changes"),
  file: text("FILE", "Name of the Dockerfile (default PATH/Dockerfile); - reads it from standard input", "f"),
  iidfile: text("FILE", "Write the image's id to a file"),
  label: list("NAME=VALUE", "Set a label"),
  memory: text("SIZE", "Memory that a RUN may use", "m"),
  "memory-swap": text("SIZE", "Memory and swap together; -1 for no limit"),
  network: text("MODE", "Network of RUN instructions"),
  "no-cache": onOff("Do not use the cache"),
  platform: text("PLATFORM", "Platform of the image"),
  pull: onOff("Pull newer base images"),
  quiet: onOff("Only print the image's id", "q"),
  secret: list("id=ID[,src=FILE|env=NAME]", "Secret for RUN --mount=type=secret"),
  "shell-at": number("LINE", "Open a shell behind the instruction at this line, or before a RUN that fails"),
  "shm-size": text("SIZE", "Size of /dev/shm"),
  ssh: list("ID[=SOCKET]", "SSH agent for RUN --mount=type=ssh; most often: default"),
  tag: list("NAME[:TAG]", "Name of the image", "t"),
  target: text("STAGE", "Stage to build"),
  ulimit: list("NAME=SOFT[:HARD]", "Limit of RUN instructions"),
} as const;

/** `build`. */
export const buildCommand: Command = command({
  name: "build",
  summary: "Build an image from a Dockerfile",
  usage: "[OPTIONS] PATH | URL | -",
  flags,
  words: [1, 1],
  run: async (given, [path = ""], context) => {
    if (given.check) return await check(path, given.file, context);
    const { client, signal, stdout } = context;
    const open = await openBuildContext(path, given.file, context);
    const start = async (more: BuildOptions) => {
      const { tar, dockerfile, remote } = await open();
      const secrets = await offerSecrets(given.secret, given.ssh, context);
      const options = { ...buildOptions(given, context), dockerfile, remote, secrets, ...more };
      return client.images.build(tar, options, signal);
    };
    const upTo: BuildUpTo = ({ changes = false, ...stop }) =>
      start({ ...stop, changes, events: changes, tags: [], quiet: false });
    if (given["shell-at"] !== undefined) return await shellAt(given["shell-at"], upTo, context);
    if (given["diff-at"] !== undefined) return await diffAt(given["diff-at"], upTo, context);
    let id: string | undefined;
    const noting = async function* (messages: ReturnType<typeof client.images.build>) {
      for await (const message of messages) {
        id = message.aux?.ID ?? /^(sha256:[0-9a-f]{64})\n$/.exec(message.stream ?? "")?.[1] ?? id;
        yield message;
      }
    };
    await showProgress(noting(await start({})), stdout, signal);
    if (given.iidfile !== undefined && id !== undefined)
      await writeFile(resolve(context.cwd, given.iidfile), id);
  },
});

function buildOptions(given: FlagValues<typeof flags>, { env }: CommandContext): BuildOptions {
  return {
    tags: given.tag,
    buildArgs: buildArguments(given["build-arg"], env),
    labels: pairs(given.label),
    target: given.target,
    noCache: given["no-cache"],
    pull: given.pull,
    quiet: given.quiet,
    networkMode: given.network,
    platform: given.platform,
    extraHosts: given["add-host"],
    cacheFrom: given["cache-from"],
    shmSizeBytes: sizeBytes("shm-size", given["shm-size"]),
    limits: {
      Memory: sizeBytes("memory", given.memory),
      MemorySwap: limitBytes("memory-swap", given["memory-swap"]),
      CpuShares: given["cpu-shares"],
      CpuPeriod: given["cpu-period"],
      CpuQuota: given["cpu-quota"],
      CpusetCpus: given["cpuset-cpus"],
      Ulimits: given.ulimit.map(ulimit),
    },
  };
}

/** `--check`: what `berth lint` says of the Dockerfile. */
async function check(path: string, file: string | undefined, context: CommandContext): Promise<number> {
  if (file === "-" || path === "-" || /^(https?:|git)/.test(path)) {
    throw new UsageError("--check reads a Dockerfile of a directory");
  }
  return await lint([dockerfilePath(path, file, context.cwd)], {
    ...context,
    stdout: (line) => context.stdout.write(line),
    stderr: (line) => context.stderr.write(line),
  });
}

/** `NAME` alone takes the value around us. */
function buildArguments(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | null> {
  return Object.fromEntries(
    texts.map((each) => {
      const at = each.indexOf("=");
      return at < 0 ? [each, env[each] ?? null] : [each.slice(0, at), each.slice(at + 1)];
    }),
  );
}
