import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFacts, planProvisioning, printStep, type RemoteWish } from "./remote-host.ts";

const wish: RemoteWish = {
  remoteRoot: "~/.berth",
  bundle: { what: "engine", source: "/x/berth.cjs", name: "berth-aa.cjs", sha256: "aa" },
  node: { what: "Node", source: "/x/node", name: "node-bb", sha256: "bb", machine: "x86_64" },
};

const ready = `system=Linux
machine=x86_64
uid=0
gid=0
home=/root
tool.crun=/usr/bin/crun
tool.conmon=/usr/bin/conmon
tool.nft=/usr/sbin/nft
tool.ip=/usr/sbin/ip
tool.socat=/usr/bin/socat
tool.apt-get=/usr/bin/apt-get
node=/usr/bin/node
nodeVersion=v24.1.0
file=/root/.berth/bin/berth-aa.cjs
`;

/** The plan for a host that printed `facts`, one line per step. */
function plan(facts: string, answers = false, given: RemoteWish = wish): string[] {
  const decision = planProvisioning(parseFacts(facts), given, answers);
  return decision.kind === "impossible" ? [`impossible: ${decision.message}`] : decision.steps.map(printStep);
}

const start =
  "start /usr/bin/node /root/.berth/bin/berth-aa.cjs engine --root /root/.berth/data --socket /root/.berth/engine.sock (no engine runs there)";

test("a host that has everything only starts the engine", () => {
  assert.deepEqual(plan(ready), [start]);
});

test("an engine that answers and is of this version is left alone", () => {
  assert.deepEqual(plan(`${ready}pid=77\ncommand=node /root/.berth/bin/berth-aa.cjs engine \n`, true), []);
  assert.deepEqual(plan(ready, true), []);
});

test("an engine of another version is replaced, one that hangs is restarted", () => {
  const old = `${ready}pid=77\ncommand=node /root/.berth/bin/berth-00.cjs engine \n`;
  assert.deepEqual(plan(old, true), ["stop process 77 (the engine there is of another version)", start]);
  const hanging = `${ready}pid=77\ncommand=node /root/.berth/bin/berth-aa.cjs engine \n`;
  assert.deepEqual(plan(hanging), ["stop process 77 (the engine there does not answer)", start]);
});

test("what is missing is uploaded and installed, as root or by sudo", () => {
  const bare =
    "system=Linux\nmachine=x86_64\nuid=1000\ngid=1000\nhome=/home/a b\nsudo=yes\ntool.apt-get=/usr/bin/apt-get\ntool.ip=/sbin/ip\ntool.runc=/usr/sbin/runc\n";
  assert.deepEqual(plan(bare), [
    "install conmon nftables socat (the engine runs on them, and the host lacks them)",
    "upload engine to /home/a b/.berth/bin/berth-aa.cjs (the host does not have this version of the engine)",
    "upload Node to /home/a b/.berth/bin/node-bb (the host has no Node 24)",
    "start sudo -n /home/a b/.berth/bin/node-bb /home/a b/.berth/bin/berth-aa.cjs engine --root /home/a b/.berth/data --socket /home/a b/.berth/engine.sock (no engine runs there)",
  ]);
});

const ourTools = { name: "tools-cc", programs: ["crun", "conmon"], machine: "x86_64", glibcMinor: 34 };

test("programs the host lacks are uploaded when ours run there, else installed", () => {
  const bare = `${ready.replace(/tool\.(crun|conmon).*\n/g, "")}tool.tar=/usr/bin/tar\n`;
  const given = { ...wish, tools: ourTools };
  const started = start.replace("engine.sock", "engine.sock --tools /root/.berth/tools-cc");
  const upload =
    "upload crun conmon to /root/.berth/tools-cc (the engine runs on them, and the host lacks them)";
  assert.deepEqual(plan(`${bare}glibc=glibc 2.36\n`, false, given), [upload, started]);
  assert.deepEqual(plan(`${bare}glibc=glibc 2.36\nfile=/root/.berth/tools-cc\n`, false, given), [started]);
  const install = "install crun conmon (the engine runs on them, and the host lacks them)";
  assert.deepEqual(plan(`${bare}glibc=glibc 2.31\n`, false, given), [install, start]);
  assert.deepEqual(plan(`${bare}glibc=\n`, false, given), [install, start]);
  const half = { ...wish, tools: { ...ourTools, programs: ["crun"] } };
  assert.deepEqual(plan(`${bare}glibc=glibc 2.36\n`, false, half), [
    upload.replace("crun conmon", "crun"),
    install.replace("crun conmon", "conmon"),
    started,
  ]);
});

test("an old Node is not used, one uploaded before is", () => {
  const text = `${ready.replace("v24.1.0", "v18.0.0")}file=/root/.berth/bin/node-bb\n`;
  assert.deepEqual(plan(text), [start.replace("/usr/bin/node", "/root/.berth/bin/node-bb")]);
});

test("what cannot be done is said", () => {
  const cases: [string, RemoteWish, RegExp][] = [
    [ready.replace("Linux", "Darwin"), wish, /runs Darwin; the engine needs Linux/],
    [ready.replace("uid=0", "uid=5"), wish, /needs root there/],
    [
      ready.replace("v24.1.0", "v18.0.0").replace("x86_64", "aarch64"),
      wish,
      /ours is for x86_64, not for aarch64/,
    ],
    [
      ready.replace("v24.1.0", "v18.0.0"),
      { ...wish, node: undefined },
      /version 18, 24 is needed, and this editor has none/,
    ],
    [
      ready.replace(/tool\.(conmon|apt-get).*\n/g, ""),
      wish,
      /lacks conmon: this machine has none.*no apt-get/,
    ],
    [
      `${ready.replace(/tool\.(conmon|apt-get).*\n/g, "")}glibc=glibc 2.31\n`,
      { ...wish, tools: { ...ourTools, programs: ["conmon"] } },
      /lacks conmon: ours need glibc 2\.34, and the host has 2\.31/,
    ],
  ];
  for (const [facts, given, expected] of cases) assert.match(plan(facts, false, given).join(), expected);
});
