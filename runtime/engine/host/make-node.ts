import type { Command } from "./run.ts";

export interface NodeRequest {
  /** Descriptor of this process that holds the directory. */
  readonly directory: number;
  readonly name: string;
  readonly type: "fifo" | "character-device" | "block-device";
  readonly devMajor: number;
  readonly devMinor: number;
}

const letters = { fifo: "p", "character-device": "c", "block-device": "b" } as const;

/** `mknod NAME TYPE [MAJOR MINOR]`, which fails when the name is taken. Never with `-m`: that would follow a link. */
export function makeNode(request: NodeRequest): Command<void> {
  const { type, devMajor, devMinor } = request;
  const numbers = type === "fifo" ? [] : [String(devMajor), String(devMinor)];
  const name = Buffer.from(request.name, "latin1").toString("utf8");
  return {
    argv: ["mknod", "--", `/proc/${process.pid}/fd/${request.directory}/${name}`, letters[type], ...numbers],
    parse: () => {},
  };
}
