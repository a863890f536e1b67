import assert from "node:assert/strict";
import { test } from "node:test";
import { layerToOverlay } from "./layer-to-overlay.ts";
import { overlayToLayer } from "./overlay-to-layer.ts";
import { encodeHeader, endOfArchive, padding, type TarHeader, type TarType } from "./tar-codec.ts";
import { readTar } from "./tar-reader.ts";

/** `TYPE NAME [-> TARGET] [= BODY]`, one entry a line; types d f l h c. */
function archive(text: string, longNames: "gnu" | "pax" = "pax"): Buffer {
  const parts: Buffer[] = [];
  for (const line of text.trim().split("\n")) {
    const [, letter = "", name = "", target = "", body = ""] =
      /^\s*(\w) (\S*)(?: -> (\S+))?(?: = (.*))?$/.exec(line) ?? [];
    const content = Buffer.from(body);
    parts.push(
      encodeHeader(entry(letter, name, target, content.length), longNames),
      content,
      padding(content.length),
    );
  }
  return Buffer.concat([...parts, endOfArchive]);
}

function entry(letter: string, name: string, linkname: string, sizeBytes: number): TarHeader {
  const types: Record<string, TarType> = {
    d: "directory",
    f: "file",
    l: "symlink",
    h: "hardlink",
    c: "character-device",
  };
  return {
    name,
    type: types[letter] ?? "file",
    mode: letter === "d" ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    sizeBytes,
    mtime: 1,
    linkname,
    devMajor: 0,
    devMinor: 0,
    pax: new Map(),
  };
}

async function* chunks(data: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function show(source: AsyncIterable<Buffer>): Promise<string> {
  const lines: string[] = [];
  for await (const { header, body } of readTar(source)) {
    const content: Buffer[] = [];
    for await (const chunk of body) content.push(chunk);
    const letter =
      { directory: "d", symlink: "l", hardlink: "h", "character-device": "c" }[header.type as string] ?? "f";
    const link = header.linkname === "" ? "" : ` -> ${header.linkname}`;
    const pax = [...header.pax].map(([key, value]) => ` {${key}=${value}}`).join("");
    const text = content.length === 0 ? "" : ` = ${Buffer.concat(content)}`;
    lines.push(`${letter} ${header.name}${link}${text}${pax}`);
  }
  return lines.join("\n");
}

async function checkToOverlay(layer: string, overlay: string): Promise<void> {
  const rewritten = layerToOverlay(readTar(chunks(archive(layer), 700)), async () => undefined);
  assert.equal(await show(rewritten), overlay.trim().replaceAll(/^ +/gm, ""));
}

async function checkRefused(layer: string, message: RegExp): Promise<void> {
  const rewritten = layerToOverlay(readTar(chunks(archive(layer), 4096)), async () => undefined);
  await assert.rejects(show(rewritten), message);
}

test("entries survive whatever the chunks and however long the names", async () => {
  const long = `${"d/".repeat(80)}caf\xc3\xa9-\xff`;
  const text = `d a/\nf a/x = body\nf ${long} = z\nl a/l -> ${long}\nh a/h -> a/x`;
  for (const style of ["gnu", "pax"] as const) {
    for (const size of [1, 511, 100_000]) {
      assert.equal(await show(chunks(archive(text, style), size)), text, `${style} in chunks of ${size}`);
    }
  }
});

test("extended attributes keep their bytes", async () => {
  const capability = "\x01\x00\x00\x02\xff\n=\x80\x00";
  const header = {
    ...entry("f", "bin", "", 0),
    pax: new Map([["SCHILY.xattr.security.capability", capability]]),
  };
  const data = Buffer.concat([encodeHeader(header, "pax"), endOfArchive]);
  for await (const read of readTar(chunks(data, 100))) {
    assert.equal(read.header.pax.get("SCHILY.xattr.security.capability"), capability);
  }
});

test("whiteouts become devices and opaque markers an attribute", () =>
  checkToOverlay(
    `d a/
     f a/.wh.gone
     d a/o/
     f a/o/.wh..wh..opq
     f a/o/new = n
     f .wh..wh.plnk`,
    `d ./a/
     c ./a/gone
     d ./a/o/
     f ./a/o/new = n
     d ./a/o/ {SCHILY.xattr.trusted.overlay.opaque=y}`,
  ));

test("a whiteout hides only what is below its own layer", () =>
  checkToOverlay(
    `f x = 1
     f .wh.x
     f .wh.y
     d y/
     d z/
     f .wh.z`,
    `f ./x = 1
     c ./y
     d ./y/
     d ./z/
     d ./y/ {SCHILY.xattr.trusted.overlay.opaque=y}
     d ./z/ {SCHILY.xattr.trusted.overlay.opaque=y}`,
  ));

test("directories that are only implied are made", () =>
  checkToOverlay(
    "f usr/bin/tool = t\nf usr/lib/.wh.x",
    "d ./usr/\nd ./usr/bin/\nf ./usr/bin/tool = t\nd ./usr/lib/\nc ./usr/lib/x",
  ));

test("symlinks of the layer are followed inside the root", () =>
  checkToOverlay(
    `l up -> ../../../../etc
     f up/passwd = p
     l abs -> /var/run
     h abs2 -> abs
     f abs2/pid = 1
     f /rooted = r`,
    `l ./up -> ../../../../etc
     d ./etc/
     f ./etc/passwd = p
     l ./abs -> /var/run
     h ./abs2 -> ./abs
     d ./var/
     d ./var/run/
     f ./var/run/pid = 1
     f ./rooted = r`,
  ));

test("what points outside or makes no sense is refused", async () => {
  await checkRefused("f ../../etc/passwd = x", /points outside of its root/);
  await checkRefused("f a/../../x = x", /points outside of its root/);
  await checkRefused(
    "h x -> /etc/shadow",
    /hard link "x" goes to "\/etc\/shadow", which the layer does not hold/,
  );
  await checkRefused("h x -> ../../../etc/shadow", /points outside/);
  await checkRefused("l a -> b\nl b -> a\nf a/x = x", /too many symlinks/);
  await checkRefused("f a = x\nf a/b = y", /lies below a file/);
  await checkRefused("f .wh... = x", /hides nothing/);
  await checkRefused(`f ${"a/".repeat(3000)}x = x`, /path longer than/);
});

test("a layer cannot bring attributes that steer overlayfs or the host", async () => {
  const pax = new Map([
    ["SCHILY.xattr.trusted.overlay.redirect", "/etc"],
    ["SCHILY.xattr.security.selinux", "x"],
    ["SCHILY.xattr.user.note", "kept"],
  ]);
  const data = Buffer.concat([encodeHeader({ ...entry("f", "x", "", 0), pax }, "pax"), endOfArchive]);
  const shown = await show(layerToOverlay(readTar(chunks(data, 512)), async () => undefined));
  assert.equal(shown, "f ./x {SCHILY.xattr.user.note=kept}");
});

test("numbers out of range are refused (CVE-2024-40635)", async () => {
  const uid = { ...entry("f", "x", "", 0), uid: 2 ** 32 };
  await assert.rejects(
    show(chunks(Buffer.concat([encodeHeader(uid, "pax"), endOfArchive]), 512)),
    /owner out of range/,
  );
  const last = { ...entry("f", "x", "", 0), uid: 2 ** 32 - 2 };
  assert.equal(await show(chunks(Buffer.concat([encodeHeader(last, "pax"), endOfArchive]), 512)), "f x");
});

test("a broken archive is refused", async () => {
  const good = archive("f a = body");
  await assert.rejects(show(chunks(good.subarray(0, 600), 100)), /it ends early/);
  await assert.rejects(show(chunks(Buffer.alloc(1024, "x"), 100)), /wrong checksum|not octal/);
  await assert.rejects(show(chunks(Buffer.from("no tar at all"), 100)), /it ends early/);
  assert.equal(await show(chunks(Buffer.alloc(0), 1)), "");
});

test("an upper directory becomes a layer", async () => {
  const opaque = {
    ...entry("d", "./o/", "", 0),
    pax: new Map([["SCHILY.xattr.trusted.overlay.opaque", "y"]]),
  };
  const fresh = {
    ...entry("d", "./new/", "", 0),
    pax: new Map([["SCHILY.xattr.trusted.overlay.opaque", "y"]]),
  };
  const upper = Buffer.concat([
    archive("d ./\nd ./a/\nc ./a/gone\nh ./a/gone2 -> ./a/gone\nf ./a/x = 1\nh ./a/y -> ./a/x").subarray(
      0,
      -1024,
    ),
    encodeHeader(opaque, "pax"),
    encodeHeader(fresh, "pax"),
    endOfArchive,
  ]);
  let count = 0;
  const layer = overlayToLayer(
    readTar(chunks(upper, 512)),
    async (path) => path === "o",
    () => {
      count += 1;
    },
  );
  assert.equal(
    await show(layer),
    "d a/\nf a/.wh.gone\nf a/.wh.gone2\nf a/x = 1\nh a/y -> a/x\nd o/\nf o/.wh..wh..opq\nd new/",
  );
  assert.equal(count, 7);
});
