import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBlkio, parseFlat, parseIoStat, parseNetDev, parseSystemCpu } from "./cgroup-usage.ts";

test("counters of both cgroup versions", () => {
  assert.deepEqual(parseFlat("usage_usec 12\nuser_usec 7\nnot a counter\n"), {
    usage_usec: 12,
    user_usec: 7,
  });
  assert.deepEqual(parseBlkio("8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096\n"), [
    { major: 8, minor: 0, op: "read", value: 4096 },
    { major: 8, minor: 0, op: "write", value: 0 },
    { major: 8, minor: 0, op: "total", value: 4096 },
  ]);
  assert.deepEqual(parseIoStat("254:0 rbytes=7593984 wbytes=100 rios=3 wios=1 dbytes=0 dios=0\n7:1 \n"), {
    io_service_bytes_recursive: [
      { major: 254, minor: 0, op: "read", value: 7593984 },
      { major: 254, minor: 0, op: "write", value: 100 },
    ],
  });
});

test("processor time of the host is seven columns in nanoseconds", () => {
  const text = "cpu  1 2 3 4 5 6 7 800 900 1000\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n";
  assert.deepEqual(parseSystemCpu(text), { system_cpu_usage: 28 * 10_000_000, online_cpus: 2 });
});

test("interfaces but the loopback", () => {
  const head =
    "Inter-|   Receive  |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes\n";
  const row = (name: string) => `${name.padStart(6)}: 10 2 3 4 0 0 0 0 50 6 7 8 0 0 0 0\n`;
  assert.deepEqual(parseNetDev(head + row("lo") + row("eth0")), {
    eth0: {
      rx_bytes: 10,
      rx_packets: 2,
      rx_errors: 3,
      rx_dropped: 4,
      tx_bytes: 50,
      tx_packets: 6,
      tx_errors: 7,
      tx_dropped: 8,
    },
  });
  assert.equal(parseNetDev(head + row("lo")), undefined);
});
