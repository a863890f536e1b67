import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { buildBenches, makeContexts } from "./bench/build-benches.ts";
import { berth, type Contender, createContender, dockerd, podman } from "./bench/contenders.ts";
import { engineBenches } from "./bench/engine-benches.ts";
import { measureLanguageServers } from "./bench/language-benches.ts";
import { measure, type Result } from "./bench/measure.ts";
import { makeRegistryData } from "./bench/sample-images.ts";
import { printTable } from "./bench/table.ts";
import { printSteps } from "./bench/where-time-goes.ts";

/**
 * `npm run bench [-- [--samples N] NAME…]`: Berth, Debian's dockerd and podman side by side; prints the ratios beside
 * their bounds, says of a missed one where the time goes, and writes the samples to bench-results/. Without names: all.
 * Without `--samples`: 20 or more of each, most of an hour. Ends with 1 when a bound was missed or not measured.
 */
const project = dirname(import.meta.dirname);

async function main(argv: readonly string[], signal: AbortSignal): Promise<readonly Result[]> {
  const directory = await mkdtemp(join(tmpdir(), "berth-bench-run-"));
  const results: Result[] = [];
  try {
    const { values, positionals: names } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { samples: { type: "string" } },
    });
    const samples = values.samples === undefined ? undefined : Number(values.samples);
    if (samples !== undefined && !(Number.isInteger(samples) && samples > 0))
      throw new Error(`--samples takes a whole number above 0, not ${values.samples}`);
    const all = [...engineBenches, ...buildBenches(directory)].map((bench) => ({
      ...bench,
      samples: samples ?? bench.samples,
    }));
    const known = [...all.map(({ name }) => name), "language"];
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Error(`no bench ${unknown.join(", ")}; there are ${known.join(", ")}`);
    const isWanted = (name: string) => names.length === 0 || names.includes(name);
    const bundle = await bundled("runtime/main.ts", join(directory, "berth.cjs"), "node24");
    const wanted = all.filter(({ name }) => isWanted(name));
    if (wanted.length > 0) results.push(...(await measureEngines(wanted, bundle, directory, signal)));
    if (isWanted("language")) {
      const server = await bundled("server/main.ts", join(directory, "server.cjs"), "node20");
      results.push(...(await measureLanguageServers(server, directory, signal)));
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return results;
}

async function measureEngines(
  benches: typeof engineBenches,
  bundle: string,
  directory: string,
  signal: AbortSignal,
): Promise<readonly Result[]> {
  if (process.getuid?.() !== 0) throw new Error("engines need root: run this as root or with sudo");
  process.stdout.write("Making the images …\n");
  const data = await makeRegistryData(directory, signal);
  await using contenders = new AsyncDisposableStack();
  const taking: Contender[] = [];
  for (const start of [berth(bundle), dockerd, podman])
    taking.push(contenders.use(await createContender(start, data, signal)));
  if (benches.some(({ name }) => name.startsWith("build-"))) await makeContexts(directory);
  const results: Result[] = [];
  for (const bench of benches) {
    const before = taking[0]?.log().length ?? 0;
    const result = await measure(bench, taking, signal);
    results.push(result);
    process.stdout.write(`\n${printTable([result])}\n`);
    if (result.isMet === false)
      process.stdout.write(`${printSteps(taking[0]?.log().slice(before) ?? "", bench.samples)}\n`);
  }
  return results;
}

async function bundled(entry: string, outfile: string, target: string): Promise<string> {
  await build({
    ...{ absWorkingDir: project, entryPoints: [entry], outfile, target, bundle: true, sourcemap: "linked" },
    ...{ platform: "node", format: "cjs", logLevel: "warning", loader: { ".node": "empty" } },
    ...{ mainFields: ["module", "main"], conditions: ["module", "node", "import", "require"] },
    external: ["cpu-features", "*/sshcrypto.node"],
  });
  return outfile;
}

const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(name, () => interrupt.abort(new Error(`ended by ${name}`)));
try {
  const results = await main(process.argv.slice(2), interrupt.signal);
  process.stdout.write(`\n${printTable(results)}\n`);
  const folder = join(project, "bench-results");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().replaceAll(":", "-")}.json`);
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`\n${file}\n`);
  process.exitCode = results.every(({ bound, isMet }) => bound === "" || isMet === true) ? 0 : 1;
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
