import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFrame, FrameDecoder } from "./frame.ts";

/** Feeds `wire` in pieces of `size` bytes; gives what each stream said. */
function decodeInPieces(wire: Buffer, size: number): { 1: string; 2: string; clean: boolean } {
  const decoder = new FrameDecoder();
  const said = { 1: "", 2: "" };
  for (let at = 0; at < wire.length; at += size) {
    for (const { stream, data } of decoder.push(wire.subarray(at, at + size)))
      said[stream] += data.toString();
  }
  return { ...said, clean: decoder.isBetweenFrames };
}

test("a frame is eight bytes of header and the payload", () => {
  assert.equal(encodeFrame(2, Buffer.from("hi")).toString("hex"), `0200000000000002${"6869"}`);
});

test("frames come out whole however they are cut on the way", () => {
  const wire = Buffer.concat([
    encodeFrame(1, Buffer.from("to be ")),
    encodeFrame(2, Buffer.from("warning")),
    encodeFrame(1, Buffer.alloc(0)),
    encodeFrame(1, Buffer.from("or not")),
  ]);
  for (let size = 1; size <= wire.length; size += 1) {
    assert.deepEqual(decodeInPieces(wire, size), { 1: "to be or not", 2: "warning", clean: true });
  }
});

test("an end inside a frame is seen", () => {
  const wire = encodeFrame(1, Buffer.from("cut off"));
  assert.equal(decodeInPieces(wire.subarray(0, -1), 4).clean, false);
  assert.equal(decodeInPieces(wire.subarray(0, 5), 4).clean, false);
});

test("what is not framed is refused", () => {
  assert.throws(() => new FrameDecoder().push(Buffer.from("plain text")), /the stream is not framed/);
});
