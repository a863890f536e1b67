import type { Readable, Writable } from "node:stream";
import { EngineError } from "../error.ts";
import { type Flow, parseFlows, printFlowRemoval, printFlowRequest } from "./conntrack-codec.ts";
import { startProgram } from "./run.ts";

// `socat` opens the kernel's netlink socket (family 16, raw, protocol 12 netfilter; the address is the kernel's: all zero),
// which Node cannot. Source: socat(1), "GENERIC SOCKET"; netlink(7).
const argv = ["socat", "-b", "65536", "-", "SOCKET-SENDTO:16:3:12:x00000000000000000000"] as const;
// What socat reads at once becomes one datagram: whole messages must fit.
const removalsAtOnce = 200;
const notFound = 2;

/**
 * Makes the kernel forget flows, so that their next packet finds its way anew; gives their number. Throws `internal` when
 * the kernel does not tell its flows.
 */
export async function forgetFlows(isMeant: (flow: Flow) => boolean, signal: AbortSignal): Promise<number> {
  const stop = new AbortController();
  const program = startProgram({ argv, stdin: "pipe" }, AbortSignal.any([signal, stop.signal]));
  try {
    const answers = readAnswers(program.stdout);
    send(program.stdin, [printFlowRequest()]);
    const flows = (await nextAnswer(answers)).filter(isMeant);
    for (let first = 0; first < flows.length; first += removalsAtOnce) {
      const batch = flows.slice(first, first + removalsAtOnce);
      send(program.stdin, batch.map(printFlowRemoval));
      for (const _flow of batch) await nextAnswer(answers);
    }
    return flows.length;
  } finally {
    stop.abort();
    await program.exited;
  }
}

function send(stdin: Writable | undefined, messages: readonly Buffer[]): void {
  stdin?.write(Buffer.concat(messages));
}

interface Answer {
  readonly flows: readonly Flow[];
  /** An errno; 0 for success. */
  readonly error: number;
}

async function nextAnswer(answers: AsyncGenerator<Answer>): Promise<readonly Flow[]> {
  const { value, done } = await answers.next();
  if (done === true) throw new EngineError("internal", "the kernel does not tell the flows it tracks");
  // A flow that ended by itself meanwhile is gone as well.
  if (value.error === 0 || value.error === notFound) return value.flows;
  throw new EngineError("internal", `the kernel does not let flows be forgotten: error ${value.error}`);
}

async function* readAnswers(stdout: Readable): AsyncGenerator<Answer, undefined> {
  let flows: Flow[] = [];
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of stdout) {
    if (!Buffer.isBuffer(chunk)) continue;
    let list = parseFlows(Buffer.concat([bytes, chunk]));
    flows.push(...list.flows);
    while (list.isComplete) {
      yield { flows, error: list.error };
      flows = [];
      list = parseFlows(list.rest);
      flows.push(...list.flows);
    }
    bytes = list.rest;
  }
  return undefined;
}
