import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { matchesPatternList, namedHosts, parseSshConfig, resolveSshHost } from "./ssh-config.ts";
import { readSshConfig } from "./ssh-config-file.ts";

const user = { home: "/home/ann", name: "ann" };

/** `host:port user keys` of an alias, in one line. */
function resolve(text: string, alias: string): string {
  const host = resolveSshHost(parseSshConfig(text), alias, user);
  return `${host.hostName}:${host.port} ${host.user} ${host.identityFiles.join(",")}`.trim();
}

test("the first value of a keyword counts, all IdentityFile lines do", () => {
  const text = `
# a comment
Host web*.example.com !web9.example.com
  User deploy
  Port=2222
  IdentityFile ~/.ssh/web
Host *
  User nobody
  IdentityFile "%d/keys/with space"
`;
  assert.equal(
    resolve(text, "web1.example.com"),
    "web1.example.com:2222 deploy /home/ann/.ssh/web,/home/ann/keys/with space",
  );
  assert.equal(resolve(text, "web9.example.com"), "web9.example.com:22 nobody /home/ann/keys/with space");
});

test("lines before any Host count for all; HostName may use %h", () => {
  assert.equal(resolve("User root\nHost db\n HostName %h.internal\n", "db"), "db.internal:22 root");
  assert.equal(resolve("", "plain"), "plain:22 ann");
});

test("Match all and Match host are understood, what cannot be decided does not apply", () => {
  const text = "Match host a*\n Port 1\nMatch exec true\n Port 2\nMatch all\n Port 3\n";
  assert.equal(resolve(text, "abc"), "abc:1 ann");
  assert.equal(resolve(text, "xyz"), "xyz:3 ann");
});

test("jumps are seen", () => {
  const text = "Host a\n ProxyJump bastion\nHost b\n ProxyCommand nc %h %p\nHost c\n ProxyJump none\n";
  const jumps = ["a", "b", "c"].map((alias) => {
    const { proxyJump, proxyCommand } = resolveSshHost(parseSshConfig(text), alias, user);
    return proxyJump ?? proxyCommand ?? "direct";
  });
  assert.deepEqual(jumps, ["bastion", "nc %h %p", "direct"]);
});

test("patterns", () => {
  assert.ok(matchesPatternList("10.0.0.7", ["10.0.0.?"]));
  assert.ok(!matchesPatternList("10.0.0.17", ["10.0.0.?"]));
  assert.ok(matchesPatternList("[h]:22", ["[h]:22"]));
  assert.ok(!matchesPatternList("h", ["*", "!h"]));
});

test("included files stand in the place of their line, inside its Host block", async () => {
  const home = await mkdtemp(path.join(os.tmpdir(), "berth-ssh-config-"));
  try {
    await mkdir(path.join(home, ".ssh/config.d"), { recursive: true });
    const file = path.join(home, ".ssh/config");
    await writeFile(
      file,
      "Include config.d/*.conf\nHost one\n  Include ~/.ssh/only-one\nHost *\n  User last\n",
    );
    await writeFile(path.join(home, ".ssh/config.d/b.conf"), "Host two\n  User second\n");
    await writeFile(path.join(home, ".ssh/config.d/a.conf"), "Host two\n  User first\n");
    await writeFile(path.join(home, ".ssh/only-one"), "User one\nHost two\n Port 9\n");
    const directives = await readSshConfig(file, home);
    const of = (alias: string) => resolveSshHost(directives, alias, { home, name: "me" });
    assert.equal(of("one").user, "one");
    assert.equal(of("two").user, "first");
    assert.equal(of("two").port, 22);
    assert.equal(of("three").user, "last");
    assert.deepEqual(namedHosts(directives), ["two", "one"]);
    assert.deepEqual(await readSshConfig(path.join(home, "none"), home), []);
  } finally {
    await rm(home, { recursive: true });
  }
});
