import { createHash, createHmac } from "node:crypto";
import { matchesPatternList } from "./ssh-config.ts";

/** One line of a known_hosts file. Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHost {
  readonly marker?: "revoked" | "cert-authority";
  /** Patterns of names, or one hashed name. */
  readonly hosts: readonly string[];
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, … */
  readonly keyType: string;
  /** Base64. */
  readonly key: string;
  /** From 1. */
  readonly line: number;
}

/** What the known hosts say of the key that a server shows. */
export type HostKeyVerdict =
  | { readonly kind: "match" }
  | { readonly kind: "unknown" }
  | { readonly kind: "changed"; readonly line: number; readonly knownFingerprint: string }
  | { readonly kind: "revoked"; readonly line: number };

/** Reads known_hosts; lines that are none are passed over. */
export function parseKnownHosts(text: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    if (words[0] === "" || words[0]?.startsWith("#")) return [];
    const marker = words[0]?.startsWith("@") ? words.shift()?.slice(1) : undefined;
    const [hosts, keyType, key] = words;
    if (hosts === undefined || keyType === undefined || key === undefined) return [];
    if (marker !== undefined && marker !== "revoked" && marker !== "cert-authority") return [];
    return [{ ...(marker ? { marker } : {}), hosts: hosts.split(","), keyType, key, line: index + 1 }];
  });
}

/** How known_hosts spells a host: the port only when it is not 22. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** Judges the key (SSH wire format) that `name` (see `knownHostName`) shows. */
export function checkHostKey(known: readonly KnownHost[], name: string, key: Buffer): HostKeyVerdict {
  const base64 = key.toString("base64");
  const type = hostKeyType(key);
  const mine = known.filter((each) => each.marker !== "cert-authority" && namesHost(each, name));
  const revoked = mine.find((each) => each.marker === "revoked" && each.key === base64);
  if (revoked !== undefined) return { kind: "revoked", line: revoked.line };
  const plain = mine.filter((each) => each.marker === undefined);
  if (plain.some((each) => each.key === base64)) return { kind: "match" };
  // We ask the server for the types we know. One that shows another type has lost the key we knew: that is a change too.
  const other = plain.find((each) => each.keyType === type) ?? plain[0];
  if (other === undefined) return { kind: "unknown" };
  return {
    kind: "changed",
    line: other.line,
    knownFingerprint: fingerprint(Buffer.from(other.key, "base64")),
  };
}

/** The key types known of a host, so that the server is asked for one of these. */
export function knownKeyTypes(known: readonly KnownHost[], name: string): string[] {
  const types = known.filter((each) => each.marker === undefined && namesHost(each, name));
  return [...new Set(types.map((each) => each.keyType))];
}

/** The line to append for a host that the user trusts, with its line end. */
export function printKnownHost(name: string, key: Buffer): string {
  return `${name} ${hostKeyType(key)} ${key.toString("base64")}\n`;
}

/** `SHA256:…` as ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The key's type: the first string of its wire format. Source: RFC 4253, 6.6. */
export function hostKeyType(key: Buffer): string {
  if (key.length < 4) return "unknown";
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}

function namesHost(entry: KnownHost, name: string): boolean {
  const [first = ""] = entry.hosts;
  if (!first.startsWith("|1|")) return matchesPatternList(name, entry.hosts);
  const [, , salt = "", hash = ""] = first.split("|");
  const computed = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64");
  return computed === hash;
}
