import assert from "node:assert/strict";
import { test } from "node:test";
import { transactionReader } from "./firewall-watch.ts";

test("transactions that hurt our table are told from others", () => {
  const read = transactionReader("berth");
  // Recorded from nft 1.0.6.
  const lines = `add table inet berth
add chain inet berth c { type filter hook input priority filter; policy accept; }
# new generation 2 by process 545 (nft)
delete element inet berth a { 1 }
# new generation 3 by process 546 (nft)
delete table inet berth_0badcafe
delete rule ip filter FORWARD handle 18
# new generation 4 by process 30243 (iptables)
delete set inet berth a
delete table inet berth
# new generation 5 by process 548 (nft)
add chain ip filter FORWARD { type filter hook forward priority filter; policy drop; }
# new generation 6 by process 549 (iptables)`;
  assert.deepEqual(
    lines.split("\n").flatMap((line) => read(line) ?? []),
    [
      { pid: 545, hurts: false, changesForwarding: false },
      { pid: 546, hurts: true, changesForwarding: false },
      { pid: 30243, hurts: false, changesForwarding: false },
      { pid: 548, hurts: true, changesForwarding: false },
      { pid: 549, hurts: false, changesForwarding: true },
    ],
  );
});
