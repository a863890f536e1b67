import { EngineError } from "../../error.ts";
import type { Answer } from "../answer.ts";
import type { Backend, WaitCondition } from "../backend.ts";
import { type Call, detachKeys, flag, param, text, timestamp } from "../call.ts";
import { type Route, route } from "../router.ts";

/** `/containers/{id}`: wait, logs, attach. */
export const containerStreamRoutes: readonly Route[] = [
  route("POST", "/containers/{id}/wait", async (call, { containers }) => {
    const { exit } = await containers.wait(param(call, "id"), waitCondition(call), call.signal);
    return { kind: "later", body: exit };
  }),
  route("GET", "/containers/{id}/logs", logs),
  route("POST", "/containers/{id}/attach", attach, true),
];

function waitCondition(call: Call): WaitCondition {
  const condition = text(call, "condition") ?? "not-running";
  if (condition === "not-running" || condition === "next-exit" || condition === "removed") return condition;
  throw new EngineError("invalid-argument", `invalid condition: "${condition}"`);
}

async function logs(call: Call, { containers }: Backend): Promise<Answer> {
  const [stdout, stderr] = [flag(call, "stdout"), flag(call, "stderr")];
  if (!stdout && !stderr) {
    throw new EngineError("invalid-argument", "Bad parameters: you must choose at least one stream");
  }
  const now = Date.now();
  const options = {
    stdout,
    stderr,
    follow: flag(call, "follow"),
    since: timestamp(call, "since", now),
    until: timestamp(call, "until", now),
    tail: tailLines(call),
  };
  const { tty, chunks } = await containers.logs(param(call, "id"), options, call.signal);
  return { kind: "output", tty, chunks, timestamps: flag(call, "timestamps") };
}

/** As in Docker: what is not a number of lines means all of them. */
function tailLines(call: Call): number | undefined {
  const value = text(call, "tail");
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

async function attach(call: Call, { containers }: Backend): Promise<Answer> {
  const keys = detachKeys(text(call, "detachKeys"));
  const options = {
    stdin: flag(call, "stdin"),
    stdout: flag(call, "stdout"),
    stderr: flag(call, "stderr"),
    logs: flag(call, "logs"),
    stream: flag(call, "stream"),
  };
  const session = await containers.attach(param(call, "id"), options, call.signal);
  return { kind: "hijack", session, detachKeys: session.tty && options.stdin ? keys : undefined };
}
