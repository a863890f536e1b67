import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Contender, registryHost } from "./contenders.ts";
import type { Bench } from "./measure.ts";
import { runTimed } from "./program.ts";

const image = `${registryHost}/library/busybox:latest`;

/** Twelve instructions in two stages. */
const multiStage = `FROM ${image} AS build
WORKDIR /src
ENV MODE=release
COPY a.txt b.txt ./
RUN cat a.txt b.txt > joined.txt
RUN wc -c joined.txt > size.txt
RUN mkdir out && cp joined.txt size.txt out/
FROM ${image}
LABEL kind=bench
COPY --from=build /src/out /app
WORKDIR /app
CMD ["cat", "size.txt"]
`;

/**
 * The builder's benches, on contexts in `directory` that `makeContexts` has made. Dockerd builds with BuildKit; the column
 * of podman is buildah's.
 */
export function buildBenches(directory: string): readonly Bench<Contender>[] {
  const build = async (
    contender: Contender,
    options: readonly string[],
    context: string,
    signal: AbortSignal,
  ) => (await runTimed(contender.build(options, join(directory, context)), signal)).ms;
  return [
    {
      name: "build-no-cache",
      unit: "ms",
      bound: { atMost: 0.8 },
      against: ["dockerd", "podman"],
      samples: 10,
      sample: (contender, _, signal) => build(contender, ["--no-cache", "-t", "small"], "small", signal),
    },
    {
      name: "build-unchanged",
      unit: "ms",
      bound: { atMost: 0.5 },
      against: ["dockerd", "podman"],
      samples: 20,
      prepare: async (contender, signal) => {
        await build(contender, ["-t", "small"], "small", signal);
      },
      sample: (contender, _, signal) => build(contender, ["-t", "small"], "small", signal),
    },
    {
      name: "build-copy-300MB",
      unit: "ms",
      bound: { atMost: 1 },
      against: ["dockerd", "podman"],
      samples: 3,
      sample: (contender, _, signal) => build(contender, ["--no-cache", "-t", "big"], "big", signal),
    },
  ];
}

/** A small context, and one of 300 MB in 30 files. */
export async function makeContexts(directory: string): Promise<void> {
  const small = join(directory, "small");
  const big = join(directory, "big");
  await mkdir(small);
  await mkdir(big);
  await writeFile(join(small, "Dockerfile"), multiStage);
  await writeFile(join(small, "a.txt"), "a\n".repeat(1000));
  await writeFile(join(small, "b.txt"), "b\n".repeat(1000));
  await writeFile(join(big, "Dockerfile"), `FROM ${image}\nCOPY . /data\n`);
  for (let file = 0; file < 30; file++) await writeFile(join(big, `file-${file}`), randomBytes(10_000_000));
}
