import { StringDecoder } from "node:string_decoder";
import type { EngineClient, Frame } from "../api/engine-client.ts";

/** A line longer than this is given in pieces: no container may fill our memory. */
const MAXIMUM_LINE = 64 * 1024;

export interface LogLine {
  readonly stream: 1 | 2;
  /** Without its line end. */
  readonly text: string;
}

/** Frames to lines; standard output and error are kept apart, an unfinished last line is given at the end. */
export async function* linesOf(frames: AsyncIterable<Frame>): AsyncGenerator<LogLine> {
  const streams = new Map<1 | 2, { readonly decoder: StringDecoder; rest: string }>();
  for await (const { stream, data } of frames) {
    const state = streams.get(stream) ?? { decoder: new StringDecoder("utf8"), rest: "" };
    streams.set(stream, state);
    const lines = (state.rest + state.decoder.write(data)).split("\n");
    state.rest = lines.pop() ?? "";
    for (const line of lines) yield { stream, text: line.replace(/\r$/, "") };
    while (state.rest.length > MAXIMUM_LINE) {
      yield { stream, text: state.rest.slice(0, MAXIMUM_LINE) };
      state.rest = state.rest.slice(MAXIMUM_LINE);
    }
  }
  for (const [stream, state] of streams) {
    const text = state.rest + state.decoder.end();
    if (text !== "") yield { stream, text: text.replace(/\r$/, "") };
  }
}

/** The end of a container's output as the tail of a message: a line break and the lines, or nothing. */
export async function lastLogLines(
  client: EngineClient,
  id: string,
  count: number,
  signal: AbortSignal,
): Promise<string> {
  const lines: string[] = [];
  try {
    const frames = client.containers.logs(id, { stdout: true, stderr: true, tail: count }, signal);
    for await (const line of linesOf(frames)) lines.push(`  ${line.text}`);
  } catch {
    // The message about the container matters more than that its log could not be read.
    return "";
  }
  return lines.length === 0
    ? "; it printed nothing"
    : `; its last output:\n${lines.slice(-count).join("\n")}`;
}
