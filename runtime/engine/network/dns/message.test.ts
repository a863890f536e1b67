import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseQuery,
  printAnswer,
  printQuery,
  type Query,
  recordType,
  responseCodeOf,
  reverseAddress,
} from "./message.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ""), "hex");
const query = (message: Buffer): Query => parseQuery(message) ?? assert.fail("no query");

// Recorded from busybox nslookup.
const webA = hex("1a2b 0100 0001 0000 0000 0000 03 576542 00 0001 0001");

test("a query as it comes over the wire", () => {
  assert.deepEqual(
    { ...query(webA), question: undefined },
    { id: 0x1a2b, opcode: 0, recursionDesired: true, name: "web", type: 1, class: 1, question: undefined },
  );
  assert.deepEqual(printQuery(0x1a2b, "WeB", recordType.a), webA);
});

test("answers repeat the question letter by letter", () => {
  const records = [{ type: "A", address: "172.18.0.2", ttlSeconds: 5 }] as const;
  assert.equal(
    printAnswer(query(webA), { code: 0, records, authoritative: false }).toString("hex"),
    hex(`1a2b 8180 0001 0001 0000 0000 03 576542 00 0001 0001
         c00c 0001 0001 00000005 0004 ac120002`).toString("hex"),
  );
  assert.equal(
    printAnswer(query(webA), { code: 3, records: [], authoritative: false }).toString("hex"),
    hex("1a2b 8183 0001 0000 0000 0000 03 576542 00 0001 0001").toString("hex"),
  );
  const ptr = query(printQuery(1, "2.0.18.172.in-addr.arpa", recordType.ptr));
  const named = printAnswer(ptr, {
    code: 0,
    records: [{ type: "PTR", name: "web.shop", ttlSeconds: 5 }],
    authoritative: false,
  });
  assert.ok(
    named
      .toString("hex")
      .endsWith(hex("c00c 000c 0001 00000005 000a 03 776562 04 73686f70 00").toString("hex")),
  );
});

test("what is no query is none", () => {
  const bad = [
    "",
    "1a2b 0100 0001",
    "1a2b 8100 0001 0000 0000 0000 03 576542 00 0001 0001", // a response
    "1a2b 0100 0002 0000 0000 0000 03 576542 00 0001 0001", // two questions
    "1a2b 0100 0001 0000 0000 0000 c00c 0001 0001", // a name that points at itself
    "1a2b 0100 0001 0000 0000 0000 3f 576542 00 0001 0001", // a label longer than the message
    "1a2b 0100 0001 0000 0000 0000 03 576542 00 0001", // cut off
    `1a2b 0100 0001 0000 0000 0000 ${"01 61".repeat(200)} 00 0001 0001`, // a name too long
  ];
  for (const text of bad) assert.equal(parseQuery(hex(text)), undefined, text);
});

test("a dot inside a label is not the dot between labels", () => {
  assert.equal(query(hex("0001 0100 0001 0000 0000 0000 03 612e62 00 0001 0001")).name, "a\\.b");
});

test("only the answer to the very question counts", () => {
  const answer = printAnswer(query(webA), { code: 3, records: [], authoritative: false });
  assert.equal(responseCodeOf(answer, query(webA)), 3);
  assert.equal(responseCodeOf(answer, { ...query(webA), id: 7 }), undefined);
  assert.equal(responseCodeOf(answer, query(printQuery(0x1a2b, "wet", recordType.a))), undefined);
  assert.equal(responseCodeOf(webA, query(webA)), undefined);
});

test("reverse names", () => {
  assert.equal(reverseAddress("2.0.18.172.in-addr.arpa"), "172.18.0.2");
  assert.equal(reverseAddress("0.18.172.in-addr.arpa"), undefined);
  assert.equal(reverseAddress("web"), undefined);
});
