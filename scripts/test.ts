import { spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

/**
 * `npm test`: types, lint, build, unit tests, integration on the real kernel, end to end in the real editor.
 * `npm test -- unit root` runs only the named parts, and what they need. Ends with one plain line `N passed, N failed`.
 */
const project = path.dirname(import.meta.dirname);
const artifacts = path.join(project, "test-artifacts");

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

interface Part {
  readonly name: string;
  /** Parts whose products it works with: the bundled programs, the packaged extension. */
  readonly needs?: readonly string[];
  readonly run: () => Promise<Counts>;
}

const parts: readonly Part[] = [
  { name: "types", run: () => runTool("types", ["node_modules/typescript/bin/tsc", "-b"]) },
  { name: "lint", run: () => runTool("lint", ["node_modules/@biomejs/biome/bin/biome", "ci", "."]) },
  { name: "build", run: () => runTool("build", ["scripts/build.ts"]) },
  { name: "package", needs: ["build"], run: () => runTool("package", ["scripts/package.ts"]) },
  { name: "unit", run: () => runTests("unit", unitTests(), 2) },
  // One file after the other: each has engines, registries and namespaces of its own, and two cores carry them.
  { name: "root", needs: ["build"], run: () => runTests("root", tests("**/*.root.test.ts"), 1) },
  { name: "e2e", needs: ["build", "package"], run: () => runTests("e2e", tests("test/e2e/*.e2e.ts"), 1) },
];

async function main(): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error(
      "the tests mount, make network namespaces and run containers: run them as root or with sudo",
    );
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0)
    throw new Error(
      `no such part: ${unknown.join(", ")}; there are ${parts.map((part) => part.name).join(", ")}`,
    );
  const chosen = new Set(wanted.length > 0 ? wanted.flatMap(withNeeds) : parts.map((part) => part.name));
  rmSync(artifacts, { recursive: true, force: true });
  mkdirSync(artifacts, { recursive: true });
  const rows: { name: string; counts: Counts; seconds: number }[] = [];
  for (const part of parts) {
    if (!chosen.has(part.name)) continue;
    process.stdout.write(`\n=== ${part.name}\n`);
    const start = performance.now();
    const counts = await part.run();
    rows.push({ name: part.name, counts, seconds: (performance.now() - start) / 1000 });
  }
  const failed = rows.reduce((sum, row) => sum + row.counts.failed, 0);
  const passed = rows.reduce((sum, row) => sum + row.counts.passed, 0);
  process.stdout.write("\n");
  for (const row of rows) {
    const { passed: good, failed: bad } = row.counts;
    process.stdout.write(
      `${row.name.padEnd(8)} ${String(good).padStart(5)} passed ${String(bad).padStart(3)} failed ${row.seconds.toFixed(0).padStart(5)} s\n`,
    );
  }
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

function withNeeds(name: string): readonly string[] {
  return [name, ...(parts.find((part) => part.name === name)?.needs ?? [])];
}

function tests(pattern: string): string[] {
  const outside = (name: string) => /(^|\/)(node_modules|dist)(\/|$)/.test(name);
  return globSync(pattern, { cwd: project, exclude: outside }).sort();
}

function unitTests(): string[] {
  return tests("**/*.test.ts").filter((file) => !file.endsWith(".root.test.ts"));
}

/** A tool that passes or fails as one. */
async function runTool(name: string, argv: readonly string[]): Promise<Counts> {
  const code = await spawnNode(argv);
  if (code !== 0) process.stdout.write(`${name} failed (${code})\n`);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs test files with Node's test runner and counts by its own report, so a file that dies counts as a failure. */
async function runTests(name: string, files: readonly string[], concurrency: number): Promise<Counts> {
  if (files.length === 0) {
    process.stdout.write(`no ${name} tests found\n`);
    return { passed: 0, failed: 1 };
  }
  const report = path.join(artifacts, `${name}.tap`);
  const code = await spawnNode([
    "--test",
    `--test-concurrency=${concurrency}`,
    "--test-timeout=600000",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=tap",
    `--test-reporter-destination=${report}`,
    ...files,
  ]);
  const tap = readFileSync(report, "utf8");
  const count = (word: string) => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
  // A skipped or unfinished test has shown nothing: it counts as failed.
  const failed = count("fail") + count("cancelled") + count("skipped") + count("todo");
  return { passed: count("pass"), failed: failed === 0 && code !== 0 ? 1 : failed };
}

function spawnNode(argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...argv], {
      cwd: project,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

await main().catch((error: unknown) => {
  process.stderr.write(`berth: ${error instanceof Error ? error.message : String(error)}\n`);
  process.stdout.write("\n0 passed, 1 failed\n");
  process.exitCode = 1;
});
