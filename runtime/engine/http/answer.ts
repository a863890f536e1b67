import type { AttachSession, OutputChunk } from "../container/ports.ts";

/** What a handler gives back: data, which `server.ts` puts on the wire. */
export type Answer =
  | { readonly kind: "json"; readonly status: number; readonly body: unknown }
  | {
      readonly kind: "empty";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A file: bytes as they come. The chunks are read to their end, or given up with the signal. */
  | {
      readonly kind: "bytes";
      readonly mediaType: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly chunks: AsyncIterable<Uint8Array>;
    }
  | {
      readonly kind: "text";
      readonly body: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** The head goes out at once, the JSON when it is there. */
  | { readonly kind: "later"; readonly body: Promise<unknown> }
  /** One JSON value per line; a failure in the middle becomes a line with `errorDetail`. */
  | { readonly kind: "lines"; readonly values: AsyncIterable<unknown> }
  /** Events: lines whose head goes out before the first. */
  | { readonly kind: "events"; readonly values: AsyncIterable<unknown> }
  | {
      readonly kind: "output";
      readonly tty: boolean;
      readonly chunks: AsyncIterable<OutputChunk>;
      readonly timestamps: boolean;
    }
  | {
      readonly kind: "hijack";
      readonly session: AttachSession;
      /** What the client may type to leave; undefined where it cannot leave. */
      readonly detachKeys: Buffer | undefined;
    };

export function json(body: unknown, status = 200): Answer {
  return { kind: "json", status, body };
}

export function noContent(status = 204): Answer {
  return { kind: "empty", status };
}
