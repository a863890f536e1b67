import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import os from "node:os";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import {
  parseFacts,
  planProvisioning,
  printStep,
  probeScript,
  type RemoteFacts,
  type RemotePaths,
  type RemoteStep,
  type RemoteWish,
  remotePaths,
  type Upload,
  wantedPrograms,
} from "./remote-host.ts";
import { gatherTools, type PackedTools } from "./remote-tools.ts";
import { quoteWord } from "./shell-word.ts";
import { SshError } from "./ssh-error.ts";
import type { SshPrompts } from "./ssh-prompts.ts";
import type { RemoteResult, SshSession } from "./ssh-session.ts";

export interface ProvisionOptions {
  /** For messages and questions. */
  readonly host: string;
  readonly remoteRoot: string;
  /** `dist/berth.cjs` of this extension. */
  readonly bundle: string;
  /** A Node binary of this machine that could be uploaded. */
  readonly node: string | undefined;
  readonly prompts: SshPrompts;
  readonly report: (step: string) => void;
  readonly log: (line: string) => void;
}

/** Looks at the host, brings it to where our engine answers, and gives its paths. Throws `SshError`. */
export async function provisionHost(
  session: SshSession,
  options: ProvisionOptions,
  signal: AbortSignal,
): Promise<RemotePaths> {
  options.report("looking at the host");
  const probe = await session.run(probeScript(options.remoteRoot), signal);
  if (probe.code !== 0) throw failed("cannot look at the host", probe);
  const facts = parseFacts(probe.stdout);
  const paths = remotePaths(facts, options.remoteRoot);
  const answers = await socketAnswers(session, paths.socket);
  const lacking = wantedPrograms(facts);
  const tools = lacking.length === 0 ? undefined : await gatherTools(lacking);
  const plan = planProvisioning(facts, await wishFor(options, facts, tools), answers);
  if (plan.kind === "impossible") throw new SshError("provisioning", plan.message);
  for (const step of plan.steps) {
    options.log(printStep(step));
    if (step.op === "upload tools") await uploadTools(tools, step.target, session, options, signal);
    else await execute(step, facts, paths, session, options, signal);
  }
  return paths;
}

/** What this machine can give; Node is read (some 100 MB, for its hash) only when the host lacks it. */
async function wishFor(
  options: ProvisionOptions,
  facts: RemoteFacts,
  tools: PackedTools | undefined,
): Promise<RemoteWish> {
  const bundle = await uploadOf("engine", options.bundle, "berth", ".cjs");
  const lacksNode = (facts.node?.major ?? 0) < 24;
  const node =
    lacksNode && options.node !== undefined ? await uploadOf("Node", options.node, "node", "") : undefined;
  return {
    remoteRoot: options.remoteRoot,
    bundle,
    ...(node === undefined ? {} : { node: { ...node, machine: os.machine() } }),
    ...(tools === undefined ? {} : { tools }),
  };
}

async function uploadOf(what: string, source: string, prefix: string, suffix: string): Promise<Upload> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(source)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new SshError("provisioning", `cannot read ${source}: ${String(error)}`, { cause: error });
  }
  const sha256 = hash.digest("hex");
  return { what, source, name: `${prefix}-${sha256.slice(0, 16)}${suffix}`, sha256 };
}

async function socketAnswers(session: SshSession, socketPath: string): Promise<boolean> {
  try {
    (await session.connectUnix(socketPath)).destroy();
    return true;
  } catch {
    // Not there, or nobody listens: which of the two does not matter, the plan is the same.
    return false;
  }
}

async function execute(
  step: Exclude<RemoteStep, { op: "upload tools" }>,
  facts: RemoteFacts,
  paths: RemotePaths,
  session: SshSession,
  options: ProvisionOptions,
  signal: AbortSignal,
): Promise<void> {
  const asRoot = facts.uid === 0 ? "" : "sudo -n ";
  switch (step.op) {
    case "upload":
      return await uploadFile(step.upload, step.target, session, options, signal);
    case "install": {
      if (!(await options.prompts.allowInstall(options.host, step.packages))) {
        throw new SshError(
          "provisioning",
          `${options.host} lacks ${step.packages.join(", ")}, which were not installed`,
        );
      }
      options.report(`installing ${step.packages.join(", ")}`);
      const apt = `${asRoot}env DEBIAN_FRONTEND=noninteractive apt-get`;
      const names = step.packages.map(quoteWord).join(" ");
      const script = `${apt} update -qq && ${apt} install -y -q --no-install-recommends ${names}`;
      const result = await session.run(script, signal);
      if (result.code !== 0) throw failed(`cannot install ${step.packages.join(", ")}`, result);
      return;
    }
    case "stop": {
      options.report("stopping the old engine");
      const result = await session.run(stopScript(step.pid, asRoot), signal);
      if (result.code !== 0) throw failed(`cannot stop the engine (process ${step.pid})`, result);
      return;
    }
    case "start": {
      options.report("starting the engine");
      const result = await session.run(startScript(step.argv, paths, facts, asRoot), signal);
      if (result.code !== 0) throw failed("the engine did not start", result, "engine");
    }
  }
}

/** Sends the file compressed; it gets its name only when its hash is right. */
async function uploadFile(
  upload: Upload,
  target: string,
  session: SshSession,
  options: ProvisionOptions,
  signal: AbortSignal,
): Promise<void> {
  const { size } = await stat(upload.source);
  const part = quoteWord(`${target}.${process.pid}.part`);
  const script = `set -e
umask 077
mkdir -p "$(dirname ${quoteWord(target)})"
trap 'rm -f ${part}' EXIT
gzip -dc >${part}
echo "${upload.sha256}  "${part} | sha256sum -c - >/dev/null
chmod 755 ${part}
mv ${part} ${quoteWord(target)}
`;
  const source = createReadStream(upload.source, { highWaterMark: 256 * 1024 });
  const compressed = Readable.from(counted(source, size, upload.what, options)).pipe(
    createGzip({ level: 1 }),
  );
  const result = await session.feed(script, compressed, signal);
  if (result.code !== 0) throw failed(`cannot upload ${upload.what} to ${target}`, result);
}

/** Sends our programs and their libraries; the folder gets its name only when all hashes are right. */
async function uploadTools(
  tools: PackedTools | undefined,
  target: string,
  session: SshSession,
  options: ProvisionOptions,
  signal: AbortSignal,
): Promise<void> {
  if (tools === undefined) throw new SshError("provisioning", "there are no programs to upload");
  const part = quoteWord(`${target}.${process.pid}.part`);
  const script = `set -e
umask 077
trap 'rm -rf ${part}' EXIT
mkdir -p ${part}
gzip -dc | tar -x -C ${part}
(cd ${part} && sha256sum -c SHA256SUMS >/dev/null)
rm -rf ${quoteWord(target)}
mv ${part} ${quoteWord(target)}
`;
  const source = counted(tools.archive(), tools.size, tools.programs.join(", "), options);
  const compressed = Readable.from(source).pipe(createGzip({ level: 1 }));
  const result = await session.feed(script, compressed, signal);
  if (result.code !== 0) throw failed(`cannot upload ${tools.programs.join(", ")} to ${target}`, result);
}

/** Passes the chunks on and reports how far it came. */
async function* counted(
  source: AsyncIterable<Buffer>,
  size: number,
  what: string,
  options: ProvisionOptions,
): AsyncGenerator<Buffer> {
  let sent = 0;
  let shown = -1;
  for await (const chunk of source) {
    sent += chunk.length;
    const percent = Math.min(100, Math.floor((100 * sent) / size));
    if (percent !== shown) options.report(`uploading ${what} (${percent} %)`);
    shown = percent;
    yield chunk;
  }
}

function stopScript(pid: number, asRoot: string): string {
  return `${asRoot}kill ${pid} || exit 0
i=0
while [ -d /proc/${pid} ]; do
  i=$((i + 1))
  if [ $i -gt 75 ]; then echo "it does not end" >&2; exit 1; fi
  sleep 0.2
done`;
}

/** Starts the engine in a session of its own, so that it outlives the connection, and waits for its socket. */
function startScript(
  argv: readonly string[],
  paths: RemotePaths,
  facts: RemoteFacts,
  asRoot: string,
): string {
  const log = quoteWord(paths.log);
  const socket = quoteWord(paths.socket);
  const handOver = asRoot === "" ? ":" : `${asRoot}chown ${facts.uid}:${facts.gid} ${socket}`;
  return `umask 077
mkdir -p ${quoteWord(paths.root)} || exit 1
${asRoot}rm -f ${socket}
if [ "$(wc -c <${log} 2>/dev/null || echo 0)" -gt 10000000 ]; then mv ${log} ${log}.old; fi
setsid nohup ${argv.map(quoteWord).join(" ")} >>${log} 2>&1 </dev/null &
pid=$!
echo $pid >${quoteWord(paths.pid)}
i=0
while [ ! -S ${socket} ]; do
  i=$((i + 1))
  if ! kill -0 $pid 2>/dev/null && ! [ -d /proc/$pid ]; then tail -n 5 ${log} >&2; exit 1; fi
  if [ $i -gt 150 ]; then echo "its socket did not appear in 30 s" >&2; tail -n 5 ${log} >&2; exit 1; fi
  sleep 0.2
done
${handOver}`;
}

function failed(
  what: string,
  result: RemoteResult,
  stage: "provisioning" | "engine" = "provisioning",
): SshError {
  const detail = (result.stderr.trim() || result.stdout.trim()).slice(-1500);
  return new SshError(stage, detail === "" ? `${what} (exit code ${result.code})` : `${what}: ${detail}`);
}
