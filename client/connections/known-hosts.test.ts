import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import {
  checkHostKey,
  fingerprint,
  hostKeyType,
  knownHostName,
  knownKeyTypes,
  parseKnownHosts,
  printKnownHost,
} from "./known-hosts.ts";

/** A key in wire format: its type, then bytes that make it this one. */
function key(type: string, fill: number): Buffer {
  const name = Buffer.from(type);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(name.length);
  return Buffer.concat([head, name, Buffer.alloc(36, fill)]);
}

const mine = key("ssh-ed25519", 1);
const other = key("ssh-ed25519", 2);
const rsa = key("ssh-rsa", 3);
const line = (hosts: string, each: Buffer, marker = "") =>
  `${marker}${hosts} ${hostKeyType(each)} ${each.toString("base64")} note\n`;
const verdict = (text: string, name: string, shown: Buffer) =>
  checkHostKey(parseKnownHosts(text), name, shown).kind;

test("plain names, lists, patterns and ports", () => {
  const text = `# comment\n\n${line("alpha,10.0.0.1", mine)}${line("*.example.com,!bad.example.com", mine)}${line("[alpha]:2222", other)}`;
  assert.equal(verdict(text, "alpha", mine), "match");
  assert.equal(verdict(text, "10.0.0.1", mine), "match");
  assert.equal(verdict(text, "a.example.com", mine), "match");
  assert.equal(verdict(text, "bad.example.com", mine), "unknown");
  assert.equal(verdict(text, knownHostName("alpha", 2222), other), "match");
  assert.equal(verdict(text, knownHostName("alpha", 2222), mine), "changed");
  assert.equal(verdict(text, "beta", mine), "unknown");
});

test("hashed names, as HashKnownHosts writes them", () => {
  const salt = Buffer.alloc(20, 7);
  const hash = createHmac("sha1", salt).update("alpha").digest("base64");
  const text = line(`|1|${salt.toString("base64")}|${hash}`, mine);
  assert.equal(verdict(text, "alpha", mine), "match");
  assert.equal(verdict(text, "alpha", other), "changed");
  assert.equal(verdict(text, "beta", mine), "unknown");
});

test("another key, and a key of another type only, are changes that name the line", () => {
  const text = `# first\n${line("alpha", mine)}`;
  assert.deepEqual(checkHostKey(parseKnownHosts(text), "alpha", other), {
    kind: "changed",
    line: 2,
    knownFingerprint: fingerprint(mine),
  });
  assert.equal(verdict(text, "alpha", rsa), "changed");
  assert.equal(verdict(text + line("alpha", rsa), "alpha", rsa), "match");
  assert.deepEqual(knownKeyTypes(parseKnownHosts(text + line("alpha", rsa)), "alpha"), [
    "ssh-ed25519",
    "ssh-rsa",
  ]);
});

test("revoked keys are refused even when another line trusts them", () => {
  const text = line("alpha", mine) + line("*", mine, "@revoked ");
  assert.equal(verdict(text, "alpha", mine), "revoked");
});

test("lines of certificate authorities and nonsense vouch for nothing", () => {
  const text = `${line("alpha", mine, "@cert-authority ")}nonsense\nalpha ssh-ed25519\n`;
  assert.equal(verdict(text, "alpha", mine), "unknown");
});

test("what is written is read again", () => {
  const text = printKnownHost(knownHostName("Alpha", 2222), mine);
  assert.match(text, /^\[alpha\]:2222 ssh-ed25519 /);
  assert.equal(verdict(text, "[alpha]:2222", mine), "match");
});
