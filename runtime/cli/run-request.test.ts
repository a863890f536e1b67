import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerCreateRequest } from "../api/types/container.ts";
import { parseCommandLine, UsageError } from "./command-line.ts";
import { containerFlags } from "./run-flags.ts";
import { containerRequest } from "./run-request.ts";

function request(line: string): ContainerCreateRequest {
  const { flags, words } = parseCommandLine(line.split(" "), { flags: containerFlags, stopsAtWord: true });
  return containerRequest(flags, words, {
    env: { HOME: "/root", LANG: "C" },
    resolvePath: (path) => `/here/${path.replace(/^\.\//, "")}`,
    envFileLines: ["FROM_FILE=1"],
    labelFileLines: [],
    securityOptions: [],
    attaches: { stdin: flags.interactive, stdout: true, stderr: true },
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

test("mounts", () => {
  const { HostConfig } = request(
    "--mount type=bind,src=./html,dst=/web,readonly,bind-propagation=rslave " +
      "--mount type=volume,source=data,target=/data,volume-nocopy,volume-label=a=b,volume-opt=o=size=1m,volume-subpath=x " +
      "--mount type=tmpfs,target=/t,tmpfs-size=64m,tmpfs-mode=1770 a",
  );
  assert.deepEqual(JSON.parse(JSON.stringify(HostConfig?.Mounts)), [
    {
      Type: "bind",
      Source: "/here/html",
      Target: "/web",
      ReadOnly: true,
      BindOptions: { Propagation: "rslave" },
    },
    {
      Type: "volume",
      Source: "data",
      Target: "/data",
      VolumeOptions: {
        NoCopy: true,
        Subpath: "x",
        Labels: { a: "b" },
        DriverConfig: { Options: { o: "size=1m" } },
      },
    },
    { Type: "tmpfs", Target: "/t", TmpfsOptions: { SizeBytes: 67108864, Mode: 0o1770 } },
  ]);
});

test("networks: several, with addresses and names", () => {
  const one = request("--network blue --ip 10.0.0.9 --network-alias db --mac-address 02:00:00:00:00:01 a");
  assert.equal(one.HostConfig?.NetworkMode, "blue");
  assert.deepEqual(JSON.parse(JSON.stringify(one.NetworkingConfig)), {
    EndpointsConfig: {
      blue: {
        Aliases: ["db"],
        IPAMConfig: { IPv4Address: "10.0.0.9", LinkLocalIPs: [] },
        MacAddress: "02:00:00:00:00:01",
      },
    },
  });
  const two = request("--net blue --network name=amber,alias=x,alias=y,ip6=fd00::9,gw-priority=2 a");
  assert.deepEqual(two.NetworkingConfig?.EndpointsConfig, {
    blue: {},
    amber: { Aliases: ["x", "y"], IPAMConfig: { IPv6Address: "fd00::9" }, GwPriority: 2 },
  });
});

test("health checks, devices, limits of devices", () => {
  const { Healthcheck, HostConfig } = request(
    "--health-cmd true --health-interval 1m30s --health-retries 2 --device /dev/fuse --device /dev/a:/dev/b:r " +
      "--device-read-bps /dev/sda:1m --device-write-iops /dev/sda:100 --blkio-weight-device /dev/sda:200 " +
      "--memory-swap -1 --pids-limit 10 --expose 8000-8001/udp a",
  );
  assert.deepEqual(Healthcheck, { Test: ["CMD-SHELL", "true"], Interval: 90e9, Retries: 2 });
  assert.deepEqual(HostConfig?.Devices, [
    { PathOnHost: "/dev/fuse", PathInContainer: "/dev/fuse", CgroupPermissions: "rwm" },
    { PathOnHost: "/dev/a", PathInContainer: "/dev/b", CgroupPermissions: "r" },
  ]);
  assert.deepEqual(HostConfig?.BlkioDeviceReadBps, [{ Path: "/dev/sda", Rate: 1048576 }]);
  assert.deepEqual(HostConfig?.BlkioDeviceWriteIOps, [{ Path: "/dev/sda", Rate: 100 }]);
  assert.deepEqual(HostConfig?.BlkioWeightDevice, [{ Path: "/dev/sda", Weight: 200 }]);
  assert.equal(HostConfig?.MemorySwap, -1);
  assert.deepEqual(request("--no-healthcheck a").Healthcheck, { Test: ["NONE"] });
});

test("what is wrong is said", () => {
  for (const [line, message] of [
    ["-p 99999:80 a", /invalid argument "99999:80" for -p/],
    ["-m lots a", /invalid argument "lots" for --memory/],
    ["--restart sometimes a", /invalid restart policy 'sometimes'/],
    ["--restart always:3 a", /invalid restart policy/],
    ["-v a:b a", /must be an absolute path/],
    ["--mount type=bind,target=/x a", /a bind mount needs a source/],
    ["--mount type=tmpfs,target=/x,volume-nocopy a", /a tmpfs mount has no key 'volume-nocopy'/],
    ["--mount type=nfs,target=/x a", /the type is bind, volume, tmpfs, image, not nfs/],
    ["--network name=x,colour=red a", /cannot use "colour=red"/],
    ["--health-cmd true --no-healthcheck a", /--no-healthcheck conflicts/],
    ["--device fuse a", /invalid argument "fuse" for --device/],
    ["--memroy 5m a", /unknown flag: --memroy; did you mean --memory\?/],
  ] as const) {
    assert.throws(
      () => request(line),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  }
});
