import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type Ended, startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import { freePort } from "./harness/free-port.ts";
import type { TestRegistry } from "./harness/registry.ts";

// The same command lines through the stock docker CLI and through `berth`, on the same engine: the same exit codes and,
// where scripts read it, the same output.

let registry: TestRegistry;
let engine: TestEngine;
let context: string;

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
  context = await mkdtemp(join(tmpdir(), "berth-beside-docker-"));
  await writeFile(
    join(context, "Dockerfile"),
    "FROM busybox\nENV A=b\nRUN echo made > /made\nCMD cat /made\n",
  );
  await writeFile(join(context, "labels"), "from=file\n");
  await engine.dockerOk(["pull", "busybox"]);
});

after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  if (context !== undefined) await rm(context, { recursive: true, force: true });
});

type Tool = (args: readonly string[], options?: { readonly input?: string }) => Promise<Ended>;

interface Step {
  readonly line: string;
  readonly input?: string;
  /** Output is not compared: it has ids, times or a wording of its own. */
  readonly onlyCode?: true;
}

/** A seed's day: built, run, looked at, changed, stopped, removed. `PORT` and `CONTEXT` are put in. */
const steps: readonly Step[] = [
  { line: "build -q -t web:1 CONTEXT" },
  { line: "images --format {{.Repository}}:{{.Tag}} web" },
  { line: "image ls -q --no-trunc web" },
  {
    line: "run -d --name web --label a=b --label-file CONTEXT/labels -p 127.0.0.1:PORT:80 -v data:/data web:1 sleep 100",
    onlyCode: true,
  },
  { line: "ps --format {{.Names}};{{.Image}};{{.State}};{{.Ports}};{{.Mounts}};{{.Labels}};{{.Networks}}" },
  { line: "ps --filter name=web --filter status=running --format {{json.Names}}" },
  { line: 'ps --format {{.Label"a"}}' },
  { line: "port web" },
  { line: "port web 80/tcp" },
  { line: "port web 81", onlyCode: true },
  { line: "exec web cat /made" },
  { line: "exec -e X=y -w /data web sh -c pwd;echo$X" },
  { line: "exec web false" },
  { line: "exec web no-such-program", onlyCode: true },
  { line: "inspect -f {{.State.Running}};{{.Config.Labels}} web" },
  { line: "inspect -f {{range$k,$v:=.NetworkSettings.Ports}}{{$k}}={{(index$v0).HostPort}}{{end}} web" },
  { line: "inspect -f {{.Nothing}} web", onlyCode: true },
  { line: "update --memory 64m --memory-swap 64m --restart on-failure:2 web" },
  { line: "inspect -f {{.HostConfig.Memory}};{{.HostConfig.RestartPolicy.Name}} web" },
  { line: "cp CONTEXT/labels web:/data/labels", onlyCode: true },
  { line: "run --rm -v data:/d:ro busybox cat /d/labels" },
  { line: "diff web", onlyCode: true },
  { line: "pause web" },
  { line: "unpause web" },
  { line: "commit -m note web web:2", onlyCode: true },
  { line: "history --format {{.CreatedBy}};{{.Size}} web:1" },
  { line: "tag web:1 web:3" },
  { line: "rename web site" },
  { line: "kill -s TERM site" },
  { line: "stop -t 0 site" },
  { line: "wait site" },
  { line: "start site" },
  { line: "restart -t 0 site" },
  { line: "logs site" },
  { line: "rm site", onlyCode: true },
  { line: "rm -f site" },
  { line: "create --name made busybox echo again", onlyCode: true },
  { line: "start -a made" },
  { line: "rm made" },
  { line: "run --rm -i busybox wc -c", input: "12345" },
  { line: "run --rm --user 1000:1001 --group-add 1002 busybox id -G" },
  { line: "run --rm --mount type=tmpfs,target=/t,tmpfs-mode=1750 busybox stat -c %a /t" },
  { line: "run --rm --read-only busybox touch /x", onlyCode: true },
  { line: "run --rm --pull never nothing:here", onlyCode: true },
  { line: "run --rm busybox no-such-program", onlyCode: true },
  { line: "run --rm busybox sh -c exit7" },
  { line: "volume create --label a=b vol" },
  { line: "volume ls --filter label=a --format {{.Name}};{{.Driver}};{{.Labels}}" },
  { line: "volume inspect -f {{.Name}};{{.Scope}} vol" },
  { line: "volume rm vol data" },
  { line: "volume rm vol", onlyCode: true },
  { line: "network create --subnet 10.231.9.0/24 --gateway 10.231.9.1 --label a=b lab", onlyCode: true },
  { line: "network ls --filter label=a --format {{.Name}};{{.Driver}};{{.Internal}}" },
  { line: "run --rm --network lab --ip 10.231.9.44 busybox hostname -i" },
  { line: "network inspect -f {{range.IPAM.Config}}{{.Subnet}}{{end}} lab" },
  { line: "network rm lab" },
  { line: "network rm lab", onlyCode: true },
  { line: "system df --format {{.Type}};{{.TotalCount}}" },
  { line: "rmi web:2 web:3", onlyCode: true },
  { line: "rmi nothing:here", onlyCode: true },
  { line: "image prune -f" },
  { line: "container prune -f", onlyCode: true },
  { line: "volume prune -f" },
  { line: "network prune -f" },
  { line: "rmi web:1", onlyCode: true },
  { line: "ps -aq" },
  { line: "no-such-command", onlyCode: true },
  { line: "run --no-such-flag busybox", onlyCode: true },
];

/** Spaces that a shell's quoting would keep are left out of the lines above and put back here. */
const spelled: Readonly<Record<string, string>> = {
  "pwd;echo$X": "pwd; echo $X",
  exit7: "exit 7",
  "{{json.Names}}": "{{json .Names}}",
  '{{.Label"a"}}': '{{.Label "a"}}',
  "{{range.IPAM.Config}}{{.Subnet}}{{end}}": "{{range .IPAM.Config}}{{.Subnet}}{{end}}",
  "{{range$k,$v:=.NetworkSettings.Ports}}{{$k}}={{(index$v0).HostPort}}{{end}}":
    "{{range $k, $v := .NetworkSettings.Ports}}{{$k}}={{(index $v 0).HostPort}}{{end}}",
};

async function day(tool: Tool, port: number): Promise<readonly string[]> {
  const results: string[] = [];
  for (const { line, input, onlyCode } of steps) {
    const words = line
      .replaceAll("PORT:", `${port}:`)
      .replaceAll("CONTEXT", context)
      .split(" ")
      .map((word) => spelled[word] ?? word);
    const { code, stdout } = await tool(words, input === undefined ? {} : { input });
    results.push(`${line} → ${code}${onlyCode ? "" : ` ${stdout}`}`);
  }
  return results;
}

test("the seed's commands do the same through docker and through berth", async () => {
  const port = await freePort();
  const theirs = await day(engine.docker, port);
  const ours = await day(engine.berth, port);
  assert.deepEqual(ours, theirs);
});

test("berth asks before it removes what cannot be had again", async () => {
  await engine.dockerOk(["volume", "create", "kept"]);
  const no = await engine.berth(["volume", "prune", "-a"], { input: "n\n" });
  assert.match(no.stdout, /WARNING! This will remove all volumes[\s\S]*\[y\/N\]/);
  assert.equal(await engine.dockerOk(["volume", "ls", "-q"]), "kept");
  await engine.berth(["system", "prune", "--volumes"], { input: "" });
  assert.equal(await engine.dockerOk(["volume", "ls", "-q"]), "kept");
  const yes = await engine.berth(["volume", "prune", "-a"], { input: "y\n" });
  assert.match(yes.stdout, /kept\nTotal reclaimed space: /);
  assert.equal(await engine.dockerOk(["volume", "ls", "-q"]), "");
});

test("bash completes commands, flags, values and the engine's own names", async () => {
  await engine.dockerOk(["create", "--name", "completed", "busybox"]);
  await engine.dockerOk(["network", "create", "meadow"]);
  const project = join(import.meta.dirname, "..");
  const complete = async (line: string) => {
    const script = `berth() { "$NODE" "$MAIN" "$@"; }
source <(berth completion bash)
COMP_LINE="$LINE" COMP_POINT=\${#LINE} _berth
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", script], {
      env: {
        ...process.env,
        NODE: join(project, "node_modules/node/bin/node"),
        MAIN: join(project, "runtime/main.ts"),
        LINE: line,
        BERTH_HOST: `unix://${engine.socket}`,
      },
    });
    return stdout.trimEnd().split("\n").sort();
  };
  assert.deepEqual(await complete("berth vol"), ["volume"]);
  assert.deepEqual(await complete("berth volume r"), ["rm"]);
  assert.deepEqual(await complete("berth run --read"), ["--read-only"]);
  assert.deepEqual(await complete("berth run --restart un"), ["unless-stopped"]);
  assert.deepEqual(await complete("berth start comp"), ["completed"]);
  assert.deepEqual(await complete("berth network connect mea"), ["meadow"]);
  assert.deepEqual(await complete("berth network connect meadow comp"), ["completed"]);
  assert.deepEqual(await complete("berth run --rm busy"), ["busybox", "busybox:latest"]);
  // After a colon bash completes what follows it.
  assert.deepEqual(await complete("berth run --rm busybox:l"), ["latest"]);
  await engine.dockerOk(["rm", "completed"]);
  await engine.dockerOk(["network", "rm", "meadow"]);
});
