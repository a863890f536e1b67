import type { EngineClient } from "../engine-client.ts";
import { decodeFrames, rawFrames } from "../frame.ts";
import { segment, type Wire } from "./wire.ts";

/** `/exec` and the making of one. */
export function execCalls(wire: Wire): EngineClient["execs"] {
  const at = (id: string, verb: string) => `/exec/${segment(id)}/${verb}`;
  return {
    create: (container, request, signal) =>
      wire.json(
        { method: "POST", path: `/containers/${segment(container)}/exec`, body: { json: request } },
        {},
        signal,
      ),
    start: async (id, { tty }, signal) => {
      const body = { json: { Detach: false, Tty: tty } };
      const upgraded = await wire.upgrade({ method: "POST", path: at(id, "start"), body }, {}, signal);
      const frames = tty ? rawFrames(upgraded.output) : decodeFrames(upgraded.output);
      return { tty, socket: upgraded.socket, frames };
    },
    startDetached: (id, signal) =>
      wire.none(
        { method: "POST", path: at(id, "start"), body: { json: { Detach: true, Tty: false } } },
        {},
        signal,
      ),
    inspect: (id, signal) => wire.json({ method: "GET", path: at(id, "json") }, {}, signal),
    resize: (id, { height, width }, signal) =>
      wire.none({ method: "POST", path: at(id, "resize") }, { h: height, w: width }, signal),
  };
}
