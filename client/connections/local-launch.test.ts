import assert from "node:assert/strict";
import { test } from "node:test";
import { type LaunchFacts, planLaunch, runsEngine } from "./local-launch.ts";

const options = {
  bundle: "/b/berth.cjs",
  root: "/r",
  socket: "/s",
  registryMirrors: ["http://127.0.0.1:5000"],
  insecureRegistries: ["127.0.0.1:5000"],
};
const facts: LaunchFacts = {
  platform: "linux",
  isRoot: true,
  canSudo: false,
  uid: 0,
  gid: 0,
  nodes: [
    { path: "/n20", version: "20.1.0", isElectron: false },
    { path: "/n24", version: "24.1.0", isElectron: false },
  ],
  hasBundle: true,
};

function launch(changes: Partial<LaunchFacts>): string {
  const decision = planLaunch({ ...facts, ...changes }, options);
  if (decision.kind === "impossible") return decision.message;
  const env = Object.entries(decision.env).map(([key, value]) => `${key}=${value} `);
  const afterwards = decision.afterwards === undefined ? "" : ` && ${decision.afterwards.join(" ")}`;
  return `${env.join("")}${decision.argv.join(" ")}${afterwards}`;
}

const engine =
  "/b/berth.cjs engine --root /r --socket /s --registry-mirror http://127.0.0.1:5000 --insecure-registry 127.0.0.1:5000";

test("as root, with the first Node that is new enough", () => {
  assert.equal(launch({}), `/n24 ${engine}`);
});

test("Electron runs as Node; sudo passes the variable on and the socket is handed to the user", () => {
  const nodes = [{ path: "/code", version: "24.1.0", isElectron: true }];
  assert.equal(launch({ nodes }), `ELECTRON_RUN_AS_NODE=1 /code ${engine}`);
  assert.equal(
    launch({ nodes, isRoot: false, canSudo: true, uid: 5, gid: 6 }),
    `sudo -n ELECTRON_RUN_AS_NODE=1 /code ${engine} && sudo -n chown 5:6 /s`,
  );
});

test("what stands in the way is said", () => {
  assert.match(launch({ platform: "darwin" }), /Linux only/);
  assert.match(launch({ hasBundle: false }), /\/b\/berth\.cjs does not exist/);
  assert.match(
    launch({ nodes: facts.nodes.slice(0, 1) }),
    /needs Node 22\.15 or newer \(\/n20 is 20\.1\.0\)/,
  );
  assert.match(launch({ isRoot: false }), /sudo asks for a password/);
});

test("the engine runs on every Node that has zstd", () => {
  const versions = ["20.19.0", "22.14.0", "22.15.0", "22.22.1", "23.7.0", "23.8.0", "24.0.0", "26.1.0"];
  assert.deepEqual(versions.filter(runsEngine), ["22.15.0", "22.22.1", "23.8.0", "24.0.0", "26.1.0"]);
});
