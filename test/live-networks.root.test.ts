import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import type { TestRegistry } from "./harness/registry.ts";

// Changes to the networks and names of running containers, by the stock docker command.

let registry: TestRegistry;
let engine: TestEngine;

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
});

after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
});

test("inspect follows a live connect; a renamed container is found under its new name", async () => {
  const docker = (...args: string[]) => engine.dockerOk(args);
  await docker("network", "create", "one");
  await docker("network", "create", "two");
  await docker("run", "-d", "--name", "server", "--network", "one", "busybox", "sleep", "1000");
  await docker("run", "-d", "--name", "client", "--network", "two", "busybox", "sleep", "1000");
  await docker("network", "connect", "two", "server");
  const format = '{{with index .NetworkSettings.Networks "two"}}{{.IPAddress}}{{end}}';
  const address = await docker("inspect", "-f", format, "server");
  assert.match(address, /^\d+\.\d+\.\d+\.\d+$/);
  assert.match(
    await docker("exec", "client", "nslookup", "server"),
    new RegExp(address.replaceAll(".", "\\.")),
  );

  await docker("rename", "server", "backend");
  assert.match(
    await docker("exec", "client", "nslookup", "backend"),
    new RegExp(address.replaceAll(".", "\\.")),
  );
  assert.notEqual((await engine.docker(["exec", "client", "nslookup", "server"])).code, 0);

  await docker("network", "disconnect", "two", "backend");
  assert.equal(await docker("inspect", "-f", "{{len .NetworkSettings.Networks}}", "backend"), "1");
});

test("an IPv6 network: fixed addresses, inspect, ports of both families and names", async () => {
  const docker = (...args: string[]) => engine.dockerOk(args);
  const subnets = ["--subnet", "10.231.40.0/24", "--subnet", "fd00:be17:40::/64"];
  await docker("network", "create", "--ipv6", ...subnets, "six");
  const addresses = ["--ip", "10.231.40.9", "--ip6", "fd00:be17:40::9"];
  const server = ["busybox", "httpd", "-f", "-p", "80"];
  await docker("run", "-d", "--name", "web6", "--network", "six", ...addresses, "-p", "80", ...server);
  const format =
    "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}/{{.GlobalIPv6PrefixLen}} {{.IPv6Gateway}}{{end}}";
  assert.equal(await docker("inspect", "-f", format, "web6"), "fd00:be17:40::9/64 fd00:be17:40::1");
  assert.match(
    await docker("ps", "--filter", "name=web6", "--format", "{{.Ports}}"),
    /^0\.0\.0\.0:(\d+)->80\/tcp, \[::\]:\1->80\/tcp$/,
  );
  const found = await docker("run", "--rm", "--network", "six", "busybox", "nslookup", "-type=aaaa", "web6");
  assert.match(found, /fd00:be17:40::9/);
  const members = "{{.EnableIPv6}} {{range .Containers}}{{.IPv4Address}} {{.IPv6Address}}{{end}}";
  assert.equal(
    await docker("network", "inspect", "-f", members, "six"),
    "true 10.231.40.9/24 fd00:be17:40::9/64",
  );
  await docker("rm", "-f", "web6");
  await docker("network", "rm", "six");
});
