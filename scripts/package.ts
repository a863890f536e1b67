import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Packs the built extension into `dist/berth-VERSION.vsix` with vsce; the bundles hold all dependencies. */
const project = path.dirname(import.meta.dirname);
const { version } = JSON.parse(readFileSync(path.join(project, "package.json"), "utf8")) as {
  version: string;
};
const target = path.join(project, "dist", `berth-${version}.vsix`);
mkdirSync(path.dirname(target), { recursive: true });
const result = spawnSync(
  process.execPath,
  [
    path.join(project, "node_modules/@vscode/vsce/vsce"),
    "package",
    "--no-dependencies",
    "--allow-missing-repository",
    "--no-rewrite-relative-links",
    "-o",
    target,
  ],
  { cwd: project, stdio: "inherit" },
);
process.exit(result.status ?? 1);
