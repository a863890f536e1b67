import assert from "node:assert/strict";
import { test } from "node:test";
import type { BaseChain } from "../host/nft.ts";
import { parseJumpHandle, planAdmission, printDismissal } from "./coexistence.ts";

const chain = (table: string, name: string, hook?: string, policy?: string): BaseChain => ({
  family: "ip",
  table,
  name,
  hook,
  policy,
});
const docker = [chain("filter", "FORWARD", "forward", "drop"), chain("filter", "DOCKER-USER")];
const plan = (chains: readonly BaseChain[], userRules = "") =>
  planAdmission("berth_0badcafe", ["berth0", "br-1"], chains, userRules);

test("where nobody drops, nothing is to do", () => {
  assert.deepEqual(plan([chain("filter", "FORWARD", "forward", "accept")]), {
    text: undefined,
    warnings: [],
  });
});

test("beside Docker Engine our bridges are let through, but not into Docker's networks", () => {
  const { text, warnings } = plan(docker);
  assert.deepEqual(warnings, []);
  assert.equal(
    text,
    `add chain ip filter BERTH-0BADCAFE
flush chain ip filter BERTH-0BADCAFE
add rule ip filter BERTH-0BADCAFE oifname "berth0" counter accept
add rule ip filter BERTH-0BADCAFE oifname "br-1" counter accept
add rule ip filter BERTH-0BADCAFE iifname "berth0" oifname "docker*" counter return
add rule ip filter BERTH-0BADCAFE iifname "berth0" oifname "br-*" counter return
add rule ip filter BERTH-0BADCAFE iifname "berth0" counter accept
add rule ip filter BERTH-0BADCAFE iifname "br-1" oifname "docker*" counter return
add rule ip filter BERTH-0BADCAFE iifname "br-1" oifname "br-*" counter return
add rule ip filter BERTH-0BADCAFE iifname "br-1" counter accept
insert rule ip filter DOCKER-USER counter jump BERTH-0BADCAFE
`,
  );
  const listing = "\t\tcounter packets 0 bytes 0 jump BERTH-0BADCAFE # handle 42\n";
  assert.ok(!plan(docker, listing).text?.includes("insert"));
  assert.equal(parseJumpHandle("berth_0badcafe", listing), 42);
  assert.match(printDismissal("berth_0badcafe", 42), /^delete rule ip filter DOCKER-USER handle 42\n/);
});

test("other firewalls are told of", () => {
  const ufw = [chain("filter", "FORWARD", "forward", "drop"), chain("filter", "INPUT", "input", "drop")];
  const { text, warnings } = plan(ufw);
  assert.equal(text, undefined);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /ip filter FORWARD\) drops forwarded packets/);
  assert.match(warnings[1] ?? "", /ip filter INPUT\).*port 53/);
});
