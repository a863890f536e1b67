import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { EngineError } from "../error.ts";
import type { Decoder } from "./decode.ts";

/** No request of the API is near this; Docker's limit for build contexts and archives does not pass here. */
const maxBodyBytes = 4 * 1024 * 1024;

/** Reads and decodes a JSON body. An empty body is an empty object. Throws `invalid-argument`. */
export async function parseJsonBody<T>(
  headers: IncomingHttpHeaders,
  body: Readable,
  decode: Decoder<T>,
): Promise<T> {
  const text = await readBody(body);
  if (text.trim() === "") return decode({}, "");
  checkMediaType(headers["content-type"]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new EngineError("invalid-argument", `invalid JSON in the request body: ${detail}`, {
      cause: error,
    });
  }
  return decode(value, "");
}

async function readBody(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) {
      throw new EngineError("invalid-argument", `the request body is larger than ${maxBodyBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function checkMediaType(contentType: string | undefined): void {
  if (contentType === undefined || contentType === "") {
    throw new EngineError("invalid-argument", "malformed Content-Type header (): mime: no media type");
  }
  const mediaType = contentType.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === "application/json") return;
  throw new EngineError(
    "invalid-argument",
    `unsupported Content-Type header (${contentType}): must be 'application/json'`,
  );
}
