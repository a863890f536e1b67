import assert from "node:assert/strict";
import { test } from "node:test";
import type { PortMap } from "../../api/types/container.ts";
import { parsePortRequests, printPorts } from "./port-mapping.ts";

function requests(bindings: PortMap, exposed: readonly string[] = [], publishAll = false): readonly string[] {
  return parsePortRequests(bindings, exposed, { publishAll }).map(
    ({ protocol, containerPort, hostIp, hostPorts }) =>
      `${hostIp || "any"}:${hostPorts === undefined ? "?" : `${hostPorts.first}-${hostPorts.last}`} → ${containerPort}/${protocol}`,
  );
}

test("port bindings in all their spellings", () => {
  assert.deepEqual(
    requests({ "80/tcp": [{ HostPort: "8080" }, { HostIp: "127.0.0.1", HostPort: "8081" }] }),
    ["any:8080-8080 → 80/tcp", "127.0.0.1:8081-8081 → 80/tcp"],
  );
  assert.deepEqual(
    requests({ "53/udp": [{ HostPort: "5300-5310" }], "80": [{}], "9/sctp": [{ HostPort: "0" }] }),
    ["any:? → 80/tcp", "any:5300-5310 → 53/udp", "any:? → 9/sctp"],
  );
  assert.deepEqual(requests({ "80/tcp": null }, ["443/tcp"]), []);
});

test("with publish-all every exposed port without a binding gets one", () => {
  assert.deepEqual(requests({ "80/tcp": [{ HostPort: "8080" }] }, ["80/tcp", "443/tcp", "80/udp"], true), [
    "any:8080-8080 → 80/tcp",
    "any:? → 443/tcp",
    "any:? → 80/udp",
  ]);
});

test("what is no port says so", () => {
  for (const [bindings, message] of [
    [{ "0/tcp": [{}] }, /invalid port specification: "0\/tcp"/],
    [{ "80/http": [{}] }, /invalid port specification/],
    [{ "80/tcp": [{ HostPort: "70000" }] }, /invalid hostPort: "70000"/],
    [{ "80/tcp": [{ HostPort: "90-80" }] }, /invalid hostPort/],
    [{ "80/tcp": [{ HostIp: "example.com" }] }, /invalid IP address/],
    [{ "80/tcp": [{ HostIp: "::1" }] }, /cannot publish on ::1/],
  ] as const) {
    assert.throws(() => requests(bindings), message);
  }
});

test("ports as inspect shows them", () => {
  const published = [{ protocol: "tcp", containerPort: 80, hostIp: "0.0.0.0", hostPort: 8080 }] as const;
  assert.deepEqual(printPorts(published, ["80/tcp", "443"]), {
    "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }],
    "443/tcp": null,
  });
});
