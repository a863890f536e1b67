// First step of `npm start` and `npm test`: runs on whatever Node (>= 20) the machine has, brings the machine to where
// the TypeScript scripts can run on Node 24, and hands over. Plain JavaScript without dependencies for that reason.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  benchPackages,
  editorPackages,
  enginePackages,
  samplePackages,
  testPackages,
} from "./system-packages.mjs";

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const node24 = path.join(project, "node_modules/node/bin/node");
const [purpose = "", ...rest] = process.argv.slice(2);

const purposes = {
  start: {
    script: "scripts/start.ts",
    packages: [...enginePackages, ...samplePackages, ...(hasDesktopCode() ? [] : editorPackages)],
  },
  test: {
    script: "scripts/test.ts",
    packages: [...enginePackages, ...samplePackages, ...editorPackages, ...testPackages],
  },
  bench: {
    script: "scripts/bench.ts",
    packages: [...enginePackages, ...samplePackages, ...testPackages, ...benchPackages],
  },
};

const plan = purposes[purpose];
if (!plan) fail(`unknown purpose "${purpose}": expected ${Object.keys(purposes).join(", ")}`);
if (process.platform !== "linux") fail(`the engine runs on Linux; this is ${process.platform}`);

installSystemPackages(plan.packages);
installNodeModules();
handOver(plan.script, rest);

/** Installs what is missing, after saying what and why. Asks apt only when something is missing, so a second run is quick. */
function installSystemPackages(packages) {
  const missing = packages.filter((each) => !isPresent(each.provides));
  if (missing.length === 0) return;
  if (!existsSync("/usr/bin/apt-get")) {
    const names = missing.map((each) => `${each.provides} (${each.why})`).join("\n  ");
    fail(`this machine has no apt-get; please install what is missing yourself:\n  ${names}`);
  }
  say(`Installing ${missing.length} Debian package(s):`);
  for (const each of missing) say(`  ${[each.name].flat().join(" or ").padEnd(18)} ${each.why}`);
  // The list of packages may be old or empty; policy-rc.d keeps Debian from starting services we only want the programs of.
  asRoot(["apt-get", "update", "-qq"], {}, "the list of packages could not be fetched");
  const names = missing.map((each) => firstKnown([each.name].flat()));
  withoutServiceStart(() =>
    asRoot(
      ["apt-get", "install", "-y", "-q", "--no-install-recommends", ...names],
      { DEBIAN_FRONTEND: "noninteractive" },
      `could not install ${names.join(" ")}`,
    ),
  );
  const still = missing.filter((each) => !isPresent(each.provides));
  if (still.length > 0)
    fail(`installed, but still missing: ${still.map((each) => each.provides).join(", ")}`);
}

/** The first of the names that apt has a version of; the last one when it knows none, so that apt says so itself. */
function firstKnown(names) {
  const known = names.find((name) => {
    const { stdout } = spawnSync("apt-cache", ["policy", name], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
    });
    return /^ {2}Candidate: (?!\(none\))/m.test(stdout ?? "");
  });
  return known ?? names.at(-1);
}

function withoutServiceStart(install) {
  const policy = "/usr/sbin/policy-rc.d";
  if (existsSync(policy)) return install();
  asRoot(
    ["sh", "-c", `printf '#!/bin/sh\\nexit 101\\n' > ${policy} && chmod +x ${policy}`],
    {},
    `cannot write ${policy}`,
  );
  try {
    install();
  } finally {
    asRoot(["rm", "-f", policy], {}, `cannot remove ${policy}`);
  }
}

/** `npm ci` when package-lock.json is not the one last installed. */
function installNodeModules() {
  const lock = createHash("sha256")
    .update(readFileSync(path.join(project, "package-lock.json")))
    .digest("hex");
  const stamp = path.join(project, "node_modules/.cache/berth-installed");
  if (existsSync(node24) && existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  say("Installing npm dependencies (compiler, VS Code client library, Node 24 …)");
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: project, stdio: "inherit" });
  if (result.status !== 0) fail("npm ci failed; its message is above");
  if (!existsSync(node24))
    fail(
      `npm ci ended well, but ${path.relative(project, node24)} is missing: were install scripts turned off?`,
    );
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

/** Runs the TypeScript script on Node 24, passing signals on, and ends as it ends. */
function handOver(script, args) {
  const env = { ...process.env, PATH: `${path.dirname(node24)}:${process.env.PATH}` };
  const child = spawn(node24, [path.join(project, script), ...args], { cwd: project, stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function asRoot(argv, env, complaint) {
  const isRoot = process.getuid() === 0;
  const sudo = ["sudo", ...Object.entries(env).map(([key, value]) => `${key}=${value}`)];
  const command = isRoot ? argv : [...sudo, ...argv];
  const result = spawnSync(command[0], command.slice(1), {
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (result.error?.code === "ENOENT" && !isRoot) fail("this needs root: run it as root or install sudo");
  if (result.status !== 0)
    fail(`${complaint} (${command.join(" ")} ended with ${result.status ?? result.signal})`);
}

/** Debian 12 and 13 differ in what is in /bin or /usr/bin, /sbin or /usr/sbin: any of them will do. */
function isPresent(file) {
  if (existsSync(file)) return true;
  if (!/^(\/usr)?\/s?bin\//.test(file)) return false;
  return ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin"].some((directory) =>
    existsSync(path.join(directory, path.basename(file))),
  );
}

function hasDesktopCode() {
  return (process.env.PATH ?? "").split(":").some((directory) => existsSync(path.join(directory, "code")));
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

function fail(text) {
  process.stderr.write(`berth: ${text}\n`);
  process.exit(1);
}
