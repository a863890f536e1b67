import { rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Contender, registryHost } from "./contenders.ts";
import type { Bench } from "./measure.ts";
import { runTimed } from "./program.ts";

const image = `${registryHost}/library/busybox:latest`;
const bulk = `${registryHost}/library/bulk:latest`;
const both = ["dockerd", "podman"];

const timed = async (contender: Contender, args: readonly string[], signal: AbortSignal) =>
  (await runTimed(contender.command(args), signal)).ms;
const remove = async (contender: Contender, ids: readonly string[], signal: AbortSignal) => {
  if (ids.length > 0) await runTimed(contender.command(["rm", "-f", ...ids]), signal);
};
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}-${at}`);

const residents = names("resident", 10);

/** The engine's benches of containers and images; bounds are those of the project's goals. */
export const engineBenches: readonly Bench<Contender>[] = [
  {
    name: "run",
    unit: "ms",
    bound: { atMost: 0.35 },
    against: both,
    samples: 20,
    sample: (contender, index, signal) =>
      timed(contender, ["run", "--rm", "-p", `127.0.0.1:${20_000 + index + 1}:80`, image, "true"], signal),
  },
  {
    name: "parallel-50",
    unit: "ms",
    bound: { atMost: 0.5 },
    against: ["dockerd"],
    samples: 20,
    sample: async (contender, index, signal) => {
      const all = names(`parallel-${index}`, 50);
      try {
        const start = performance.now();
        await Promise.all(
          all.map((name) =>
            runTimed(
              contender.command(["run", "-d", "--name", name, image, "sh", "-c", "sleep 1000"]),
              signal,
            ),
          ),
        );
        return performance.now() - start;
      } finally {
        await remove(contender, all, AbortSignal.timeout(300_000));
      }
    },
  },
  {
    name: "exec",
    unit: "ms",
    bound: { atMost: 0.5 },
    against: both,
    samples: 20,
    prepare: async (contender, signal) => {
      await runTimed(contender.command(["run", "-d", "--name", "exec", image, "sleep", "1000"]), signal);
    },
    sample: (contender, _, signal) => timed(contender, ["exec", "exec", "true"], signal),
    cleanUp: (contender, signal) => remove(contender, ["exec"], signal),
  },
  {
    name: "pull-200MB",
    unit: "ms",
    bound: { atMost: 0.8 },
    against: both,
    samples: 20,
    sample: async (contender, _, signal) => {
      await runTimed(contender.command(["rmi", bulk]), signal);
      return await timed(contender, ["pull", "-q", bulk], signal);
    },
  },
  {
    name: "save-200MB",
    unit: "ms",
    bound: { atMost: 1 },
    against: both,
    samples: 20,
    sample: async (contender, _, signal) => {
      const file = archive(contender);
      await rm(file, { force: true });
      const ms = await timed(contender, ["save", "-o", file, bulk], signal);
      if ((await stat(file)).size < 90_000_000) throw new Error("the archive is too small to be the image");
      return ms;
    },
  },
  {
    name: "load-200MB",
    unit: "ms",
    bound: { atMost: 1 },
    against: both,
    samples: 20,
    prepare: async (contender, signal) => {
      const file = archive(contender);
      await rm(file, { force: true });
      await runTimed(contender.command(["save", "-o", file, bulk]), signal);
    },
    sample: async (contender, _, signal) => {
      await runTimed(contender.command(["rmi", bulk]), signal);
      return await timed(contender, ["load", "-q", "-i", archive(contender)], signal);
    },
    cleanUp: (contender) => rm(archive(contender), { force: true }),
  },
  {
    name: "ps-500",
    unit: "ms",
    bound: { atMost: 1 },
    against: ["dockerd"],
    samples: 20,
    prepare: async (contender, signal) => {
      const waiting = names("many", 500);
      const worker = async () => {
        for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
          await runTimed(contender.command(["create", "--name", name, image, "true"]), signal);
      };
      await Promise.all([worker(), worker(), worker(), worker()]);
    },
    sample: (contender, _, signal) => timed(contender, ["ps", "-a"], signal),
    cleanUp: (contender, signal) => remove(contender, names("many", 500), signal),
  },
  {
    name: "log-throughput",
    unit: "MiB/s",
    bound: { atLeast: 2 },
    against: both,
    samples: 20,
    sample: async (contender, _, signal) => {
      const line = "0123456789abcdef".repeat(8).slice(1);
      const mebibytes = 48;
      const script = `yes ${line} | head -c ${mebibytes * 1024 * 1024}`;
      try {
        const start = performance.now();
        await runTimed(contender.command(["run", "-d", "--name", "log", image, "sh", "-c", script]), signal);
        await runTimed(contender.command(["wait", "log"]), signal);
        return mebibytes / ((performance.now() - start) / 1000);
      } finally {
        await remove(contender, ["log"], AbortSignal.timeout(60_000));
      }
    },
  },
  {
    name: "memory-idle",
    unit: "MiB",
    bound: { atMost: 0.7 },
    against: ["dockerd"],
    samples: 20,
    sample: (contender) => contender.idleMemory(),
  },
  {
    name: "memory-container",
    unit: "MiB",
    bound: { atMost: 0.3 },
    against: both,
    samples: 20,
    prepare: async (contender, signal) => {
      for (const name of residents)
        await runTimed(contender.command(["run", "-d", "--name", name, image, "sleep", "1000"]), signal);
    },
    sample: async (contender) => (await contender.watcherMemory()) / residents.length,
    cleanUp: (contender, signal) => remove(contender, residents, signal),
  },
];

const archive = (contender: Contender) => join(tmpdir(), `berth-bench-${process.pid}-${contender.name}.tar`);
