import assert from "node:assert/strict";
import { test } from "node:test";
import { type Asker, decide, type NamedEndpoint } from "./decide.ts";
import { parseQuery, printQuery, recordType } from "./message.ts";

const endpoints: readonly NamedEndpoint[] = [
  {
    networkId: "1",
    networkName: "shop",
    containerName: "web",
    addresses: ["10.0.0.2", "fd00::2"],
    names: ["Web", "www", "aaaa"],
  },
  {
    networkId: "1",
    networkName: "shop",
    containerName: "web2",
    addresses: ["10.0.0.3"],
    names: ["web2", "www"],
  },
  { networkId: "2", networkName: "lab", containerName: "rat", addresses: ["10.0.1.2"], names: ["rat"] },
];
const asker: Asker = { networkIds: new Set(["1"]), links: {}, mayForward: true, dns: [] };

function answer(name: string, type: number = recordType.a, who: Asker | undefined = asker): string {
  const query = parseQuery(printQuery(1, name, type)) ?? assert.fail("no query");
  const decision = decide(query, who, endpoints);
  if (decision.kind === "forward") return `forward to ${decision.nameservers.join(" ") || "the host's"}`;
  const { code, records } = decision.answer;
  return `${code} ${records.map((record) => (record.type === "PTR" ? record.name : record.address)).join(" ")}`.trim();
}

test("container names are answered here, everything else is forwarded", () => {
  assert.equal(answer("web"), "0 10.0.0.2");
  assert.equal(answer("WEB.shop"), "0 10.0.0.2");
  assert.equal(answer("www"), "0 10.0.0.2 10.0.0.3");
  assert.equal(answer("web", recordType.aaaa), "0 fd00::2");
  assert.equal(answer("web2", recordType.aaaa), "0");
  const reverse = `2.${"0.".repeat(27)}0.0.d.f.ip6.arpa`;
  assert.equal(answer(reverse, recordType.ptr), "0 web.shop");
  assert.equal(answer("3.0.0.10.in-addr.arpa", recordType.ptr), "0 web2.shop");
  assert.equal(answer("example.com"), "forward to the host's");
  assert.equal(answer("example.com", recordType.a, { ...asker, dns: ["9.9.9.9"] }), "forward to 9.9.9.9");
});

test("names of other networks are unknown", () => {
  assert.equal(answer("rat"), "forward to the host's");
  assert.equal(answer("2.1.0.10.in-addr.arpa", recordType.ptr), "forward to the host's");
});

test("an asker in internal networks only gets nothing from outside, a stranger nothing at all", () => {
  assert.equal(answer("example.com", recordType.a, { ...asker, mayForward: false }), "3");
  assert.equal(answer("web", recordType.a, { ...asker, mayForward: false }), "0 10.0.0.2");
  const query = parseQuery(printQuery(1, "web", recordType.a)) ?? assert.fail("no query");
  assert.equal(JSON.stringify(decide(query, undefined, endpoints)).includes('"code":5'), true);
});

test("a link is a name for its asker alone", () => {
  const links = { database: "web2" };
  assert.equal(answer("database", recordType.a, { ...asker, links }), "0 10.0.0.3");
  assert.equal(answer("database"), "forward to the host's");
  assert.equal(answer("__proto__"), "forward to the host's");
});
