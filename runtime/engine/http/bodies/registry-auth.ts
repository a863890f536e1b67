import type { RegistryAuth } from "../../../api/types/image.ts";
import { EngineError } from "../../error.ts";
import { type Decoder, map, object, string } from "../decode.ts";

/** Credentials for one registry. */
export const decodeAuth: Decoder<RegistryAuth> = object<RegistryAuth>({
  username: string,
  password: string,
  serveraddress: string,
  identitytoken: string,
});

/** Credentials of `X-Registry-Auth`: base64url of JSON. Throws `invalid-argument`. */
export function registryAuth(header: string | string[] | undefined): RegistryAuth | undefined {
  const decoded = decodeHeader("X-Registry-Auth", header, decodeAuth);
  return decoded === undefined || Object.keys(decoded).length === 0 ? undefined : decoded;
}

/** Credentials of `X-Registry-Config` by registry. Throws `invalid-argument`. */
export function registryConfig(
  header: string | string[] | undefined,
): Readonly<Record<string, RegistryAuth>> {
  return decodeHeader("X-Registry-Config", header, map(decodeAuth)) ?? {};
}

function decodeHeader<T>(
  name: string,
  header: string | string[] | undefined,
  decode: Decoder<T>,
): T | undefined {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined || value === "") return undefined;
  let parsed: unknown;
  try {
    // Node's base64 decoder takes both alphabets, as clients send both.
    parsed = JSON.parse(Buffer.from(value, "base64").toString("utf8"));
  } catch {
    throw new EngineError("invalid-argument", `header ${name} is not base64 of JSON`);
  }
  return parsed === null ? undefined : decode(parsed, name);
}
