import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

/** Bundles the three programs into `dist/`; run by `npm run build`. */

const root = dirname(dirname(fileURLToPath(import.meta.url)));

interface Program {
  readonly entry: string;
  readonly output: string;
  readonly options: BuildOptions;
}

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "cjs",
  sourcemap: "linked",
  minify: false,
  // Packages that carry both prefer their ES modules, which bundle without UMD's indirect requires.
  mainFields: ["module", "main"],
  conditions: ["module", "node", "import", "require"],
  logLevel: "warning",
  loader: { ".node": "empty" },
};

/** Node 22, which VS Code's Electrons carry, lacks this class of Node 24; only what the engine uses of it is here. */
const disposableStack = `globalThis.AsyncDisposableStack ??= class {
  #steps = [];
  use(value) { if (value != null) this.defer(() => (value[Symbol.asyncDispose] ?? value[Symbol.dispose]).call(value)); return value; }
  adopt(value, end) { this.defer(() => end(value)); return value; }
  defer(step) { this.#steps.push(step); }
  move() { const next = new this.constructor(); next.#steps = this.#steps.splice(0); return next; }
  async disposeAsync() {
    const failures = [];
    for (const step of this.#steps.splice(0).reverse()) try { await step(); } catch (error) { failures.push(error); }
    if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
  }
  [Symbol.asyncDispose]() { return this.disposeAsync(); }
};`;

const programs: readonly Program[] = [
  {
    entry: "client/extension.ts",
    output: "dist/extension.cjs",
    // ssh2 tries its native parts and does without them: they would have to be built for each of VS Code's Electrons.
    options: { target: "node20", external: ["vscode", "cpu-features", "*/sshcrypto.node"] },
  },
  { entry: "server/main.ts", output: "dist/server.cjs", options: { target: "node20" } },
  {
    entry: "runtime/main.ts",
    output: "dist/berth.cjs",
    options: { target: "node22", banner: { js: disposableStack } },
  },
];

async function buildProgram({ entry, output, options }: Program): Promise<void> {
  if (!existsSync(join(root, entry))) {
    console.log(`${output}: skipped, ${entry} does not exist yet`);
    rmSync(join(root, output), { force: true });
    return;
  }
  await build({ ...common, ...options, entryPoints: [entry], outfile: output });
  console.log(`${output}: built from ${entry}`);
}

const results = await Promise.allSettled(programs.map(buildProgram));
const failed = results.filter((result) => result.status === "rejected");
// esbuild has printed each error where it stands.
if (failed.length > 0) {
  console.error(`${failed.length} of ${programs.length} programs could not be built`);
  process.exitCode = 1;
}
