import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChains, parseTables } from "./nft.ts";

// Recorded from nft 1.0.6, shortened.
test("what nft says", () => {
  const chains = `{"nftables": [{"metainfo": {"version": "1.0.6"}},
    {"chain": {"family": "ip", "table": "filter", "name": "DOCKER-USER", "handle": 6}},
    {"chain": {"family": "ip", "table": "filter", "name": "FORWARD", "handle": 8, "type": "filter",
               "hook": "forward", "prio": 0, "policy": "drop"}}]}`;
  assert.deepEqual(parseChains(chains), [
    { family: "ip", table: "filter", name: "DOCKER-USER", hook: undefined, policy: undefined },
    { family: "ip", table: "filter", name: "FORWARD", hook: "forward", policy: "drop" },
  ]);
  assert.deepEqual(parseTables("table ip nat\ntable inet berth\n"), ["ip nat", "inet berth"]);
  assert.deepEqual([parseChains(""), parseTables("")], [[], []]);
});
