import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerCreateRequest } from "../api/types/container.ts";
import { parseCommandLine, UsageError } from "./command-line.ts";
import { containerFlags, containerRequest } from "./run-request.ts";

function request(line: string): ContainerCreateRequest {
  const { flags, words } = parseCommandLine(line.split(" "), { flags: containerFlags, stopsAtWord: true });
  return containerRequest(flags, words, {
    env: { HOME: "/root", LANG: "C" },
    resolvePath: (path) => `/here/${path.replace(/^\.\//, "")}`,
    envFileLines: ["FROM_FILE=1"],
    attachesOutput: true,
  });
}

test("image, command, environment", () => {
  const { Image, Cmd, Env, WorkingDir } = request("-e A=1 -e LANG -e UNSET -w /x busybox sh -c ls");
  assert.deepEqual(
    { Image, Cmd, Env, WorkingDir },
    {
      Image: "busybox",
      Cmd: ["sh", "-c", "ls"],
      Env: ["FROM_FILE=1", "A=1", "LANG=C"],
      WorkingDir: "/x",
    },
  );
});

test("published ports", () => {
  const { HostConfig, ExposedPorts } = request("-p 8080:80 -p 127.0.0.1:53:53/udp -p 90 --expose 100 a");
  assert.deepEqual(HostConfig?.PortBindings, {
    "80/tcp": [{ HostIp: "", HostPort: "8080" }],
    "53/udp": [{ HostIp: "127.0.0.1", HostPort: "53" }],
    "90/tcp": [{ HostIp: "", HostPort: "" }],
  });
  assert.deepEqual(Object.keys(ExposedPorts ?? {}), ["100/tcp", "80/tcp", "53/udp", "90/tcp"]);
});

test("volumes: a path is a bind, a name a volume, a target alone anonymous", () => {
  const { HostConfig, Volumes } = request("-v ./html:/web:ro -v data:/data -v /cache a");
  assert.deepEqual(HostConfig?.Binds, ["/here/html:/web:ro", "data:/data"]);
  assert.deepEqual(Volumes, { "/cache": {} });
});

test("limits and policies", () => {
  const { HostConfig } = request(
    "-m 64m --cpus 1.5 --restart on-failure:3 --ulimit nofile=1:2 --init --rm a",
  );
  assert.equal(HostConfig?.Memory, 67108864);
  assert.equal(HostConfig?.NanoCpus, 1_500_000_000);
  assert.deepEqual(HostConfig?.RestartPolicy, { Name: "on-failure", MaximumRetryCount: 3 });
  assert.deepEqual(HostConfig?.Ulimits, [{ Name: "nofile", Soft: 1, Hard: 2 }]);
  assert.ok(HostConfig?.Init && HostConfig.AutoRemove);
});

test("what is wrong is said", () => {
  for (const [line, message] of [
    ["-p 99999:80 a", /invalid argument "99999:80" for -p/],
    ["-m lots a", /invalid argument "lots" for --memory/],
    ["--restart sometimes a", /invalid restart policy 'sometimes'/],
    ["--restart always:3 a", /invalid restart policy/],
    ["-v a:b a", /must be an absolute path/],
  ] as const) {
    assert.throws(
      () => request(line),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  }
});
