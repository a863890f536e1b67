import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig, HostConfig } from "../../api/types/container.ts";
import { type BundleInput, ociSpec } from "./bundle.ts";

function bundle(hostConfig: HostConfig, config: ContainerConfig = {}, over: Partial<BundleInput> = {}) {
  return ociSpec({
    config,
    hostConfig,
    args: ["sh"],
    hostname: "box",
    rootfs: "/r",
    mounts: [],
    files: [{ target: "/etc/hosts", source: "/c/hosts" }],
    user: { uid: 0, gid: 0, additionalGids: [0] },
    devices: [],
    blockDevices: new Map(),
    netnsPath: "/run/netns/x",
    joined: {},
    cgroupsPath: "/berth-1/x",
    host: {
      cgroupVersion: "2",
      kernel: "6.1.0",
      hasSeccomp: true,
      capabilityMask: "000001ffffffffff",
      architecture: "amd64",
      rlimitCeilings: { nofile: 100 },
    },
    ...over,
  });
}

test("the bundle has Docker's defaults", () => {
  const { seccomp, ...linux } = bundle({}).linux;
  assert.deepEqual(
    bundle({}).mounts.map((mount) => `${mount.type} ${mount.destination} ${mount.options.join(",")}`),
    [
      "proc /proc nosuid,noexec,nodev",
      "tmpfs /dev nosuid,strictatime,mode=755,size=65536k",
      "devpts /dev/pts nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5",
      "sysfs /sys nosuid,noexec,nodev,ro",
      "cgroup /sys/fs/cgroup ro,nosuid,noexec,nodev",
      "mqueue /dev/mqueue nosuid,noexec,nodev",
      "tmpfs /dev/shm nosuid,noexec,nodev,mode=1777,size=67108864",
      "bind /etc/hosts rbind,rprivate",
    ],
  );
  assert.deepEqual(
    linux.namespaces.map((namespace) => namespace.type),
    ["mount", "network", "uts", "pid", "ipc", "cgroup"],
  );
  assert.equal(linux.maskedPaths.length, 12);
  assert.equal(linux.readonlyPaths.length, 5);
  assert.deepEqual(linux.sysctl, {
    "net.ipv4.ip_unprivileged_port_start": "0",
    "net.ipv4.ping_group_range": "0 2147483647",
  });
  assert.deepEqual(linux.resources.devices?.[0], { allow: false, access: "rwm" });
  assert.equal(seccomp?.defaultAction, "SCMP_ACT_ERRNO");
});

test("the process: capabilities, environment, limits", () => {
  const { process } = bundle({}, { Tty: true, Env: ["PATH=/bin", "A=1"] });
  assert.deepEqual(process.env, ["PATH=/bin", "HOSTNAME=box", "TERM=xterm", "A=1"]);
  assert.deepEqual(process.capabilities.inheritable, []);
  assert.deepEqual(process.capabilities.ambient, []);
  assert.equal(process.capabilities.effective.length, 14);
  const web = bundle({}, {}, { user: { uid: 1000, gid: 1000, additionalGids: [1000] } }).process;
  assert.deepEqual(web.capabilities.effective, []);
  assert.equal(web.capabilities.bounding.length, 14);
  const limited = bundle({ Ulimits: [{ Name: "nofile", Soft: 50, Hard: 5000 }] }).process;
  assert.deepEqual(limited.rlimits, [{ type: "RLIMIT_NOFILE", soft: 50, hard: 100 }]);
});

test("privileged lifts all, host modes share", () => {
  const privileged = bundle({ Privileged: true }).linux;
  assert.equal(privileged.seccomp, undefined);
  assert.deepEqual(privileged.maskedPaths, []);
  assert.deepEqual(privileged.resources.devices, [{ allow: true, access: "rwm" }]);
  const shared = bundle({ PidMode: "host", IpcMode: "host", UTSMode: "host" }, {}, { netnsPath: undefined });
  assert.deepEqual(
    shared.linux.namespaces.map((namespace) => namespace.type),
    ["mount", "cgroup"],
  );
  assert.equal(shared.hostname, undefined);
  assert.equal(shared.mounts.find((mount) => mount.destination === "/sys")?.type, "bind");
});

test("limits and devices", () => {
  const { resources } = bundle({
    Memory: 64 * 2 ** 20,
    NanoCpus: 1.5e9,
    PidsLimit: -1,
    DeviceCgroupRules: ["c 42:* rw"],
  }).linux;
  assert.deepEqual(resources.memory, { limit: 67108864 });
  assert.deepEqual(resources.cpu, { quota: 150_000, period: 100_000 });
  assert.deepEqual(resources.pids, { limit: -1 });
  assert.deepEqual(resources.devices?.at(-1), { allow: true, type: "c", major: 42, access: "rw" });
});

test("system calls: io_uring, AF_ALG and namespaces are refused, a capability opens its calls", () => {
  const rules = (host: HostConfig) => bundle(host).linux.seccomp?.syscalls ?? [];
  const allowed = (host: HostConfig, name: string) =>
    rules(host).some(
      (rule) => rule.action === "SCMP_ACT_ALLOW" && rule.args === undefined && rule.names.includes(name),
    );
  for (const name of ["io_uring_setup", "keyctl", "mount", "unshare", "bpf", "clone", "socket"]) {
    assert.equal(allowed({}, name), false, name);
  }
  for (const name of ["read", "openat2", "ptrace", "chroot", "futex_waitv"])
    assert.equal(allowed({}, name), true, name);
  for (const name of ["mount", "unshare", "clone"])
    assert.equal(allowed({ CapAdd: ["SYS_ADMIN"] }, name), true, name);
  const passes = (family: number) =>
    rules({}).some(
      (rule) =>
        rule.names.includes("socket") &&
        rule.action === "SCMP_ACT_ALLOW" &&
        rule.args?.every((arg) => (BigInt(family) & BigInt(arg.value)) === BigInt(arg.valueTwo ?? 0)),
    );
  const refused = Array.from({ length: 48 }, (_, family) => family).filter((family) => !passes(family));
  assert.deepEqual(refused, [38, 40]);
});
