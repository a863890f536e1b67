import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFlows, printFlowRemoval, printFlowRequest } from "./conntrack-codec.ts";

/** One flow of 127.0.0.1:45738 to 127.0.0.1:9 over UDP and the end of the list, as Linux 6 sent them. */
const sent = Buffer.from(
  `a40000000001220001000000400b00000200000034000180140001800800010 07f000001080002007f0000011c000280
   0500010011000000060002 00b2aa0000060003000009000034000280140001800800010 07f000001080002007f000001
   1c0002800500010011000000 06000200000a000006000300b2aa000008000300000001a8080008000000000008000c00
   2475554c08000b000000000108000700 0000001d140000000300020001000000400b000000000000`.replaceAll(/\s/g, ""),
  "hex",
);

test("flows are read, cut where the reading stopped too", () => {
  const whole = parseFlows(sent);
  assert.equal(whole.isComplete, true);
  const [flow] = whole.flows;
  assert.deepEqual(
    { ...flow, identity: flow?.identity.length },
    { protocol: 17, destination: "127.0.0.1", destinationPort: 9, family: 2, identity: 60 },
  );
  for (let length = 0; length < sent.length; length++) {
    const first = parseFlows(sent.subarray(0, length));
    const second = parseFlows(Buffer.concat([first.rest, sent.subarray(length)]));
    assert.deepEqual([...first.flows, ...second.flows], whole.flows, `cut at ${length}`);
    assert.equal(second.isComplete, true);
  }
});

test("what the kernel is asked", () => {
  assert.equal(printFlowRequest().toString("hex"), `${"14000000010101030100000000000000"}00000000`);
  const [flow] = parseFlows(sent).flows;
  assert.ok(flow !== undefined);
  const removal = printFlowRemoval(flow);
  assert.equal(removal.readUInt32LE(0), removal.length);
  assert.equal(removal.subarray(4, 20).toString("hex"), "02010500010000000000000002000000");
});

test("an error is a whole answer; nonsense ends the reading", () => {
  const refusal = Buffer.from("2400000002000000010000000000000 0feffffff".replaceAll(" ", ""), "hex");
  const padded = Buffer.concat([refusal, Buffer.alloc(36 - refusal.length)]);
  assert.deepEqual(parseFlows(padded), { flows: [], rest: Buffer.alloc(0), isComplete: true, error: 2 });
  assert.equal(parseFlows(Buffer.alloc(64)).isComplete, true);
});
