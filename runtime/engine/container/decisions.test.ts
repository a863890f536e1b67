import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerCreateRequest } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { parseSignal } from "../host/signal-name.ts";
import { capabilitiesOf, grantedCapabilities } from "./capabilities.ts";
import { never, type StateDocument } from "./document.ts";
import { nextHealth } from "./health.ts";
import { mergeConfig, processArguments } from "./merge-config.ts";
import { mountRequests, parseBind } from "./mount-request.ts";
import { restartDelayMs, wantsRestart } from "./restart-policy.ts";
import { printDuration, statusText } from "./status-text.ts";
import { parseUntil, pickProcesses } from "./survey.ts";
import { resolveUser } from "./user.ts";
import { validateRequest } from "./validate.ts";

const now = Date.parse("2026-11-23T12:00:00Z");

function checkStatus(state: Partial<StateDocument>, expected: string): void {
  const whole: StateDocument = {
    status: "created",
    pid: 0,
    exitCode: 0,
    error: "",
    oomKilled: false,
    startedAt: never,
    finishedAt: never,
    ...state,
  };
  assert.equal(statusText(whole, now), expected);
}

test("status text is that of docker ps", () => {
  const startedAt = "2026-11-23T11:57:00Z";
  const Log: never[] = [];
  checkStatus({}, "Created");
  checkStatus({ status: "running", startedAt }, "Up 3 minutes");
  checkStatus({ status: "paused", startedAt }, "Up 3 minutes (Paused)");
  checkStatus(
    { status: "running", startedAt, health: { Status: "healthy", FailingStreak: 0, Log } },
    "Up 3 minutes (healthy)",
  );
  checkStatus(
    { status: "running", startedAt, health: { Status: "starting", FailingStreak: 0, Log } },
    "Up 3 minutes (health: starting)",
  );
  checkStatus(
    { status: "exited", exitCode: 7, finishedAt: "2026-11-23T10:00:00Z" },
    "Exited (7) 2 hours ago",
  );
  checkStatus(
    { status: "restarting", exitCode: 1, finishedAt: "2026-11-23T11:59:59Z" },
    "Restarting (1) 1 second ago",
  );
  assert.deepEqual(
    [0, 59, 60, 119, 3600, 86400, 3 * 86400, 20 * 86400, 90 * 86400, 800 * 86400].map((s) =>
      printDuration(s * 1000),
    ),
    [
      "Less than a second",
      "59 seconds",
      "About a minute",
      "About a minute",
      "About an hour",
      "24 hours",
      "3 days",
      "2 weeks",
      "3 months",
      "2 years",
    ],
  );
});

test("request and image are merged as Docker does", () => {
  const image = {
    Env: ["PATH=/bin", "A=1"],
    Cmd: ["serve"],
    Entrypoint: ["/entry"],
    User: "web",
    Labels: { a: "1" },
  };
  const args = (request: ContainerCreateRequest) => processArguments(mergeConfig(request, image)).join(" ");
  assert.equal(args({}), "/entry serve");
  assert.equal(args({ Cmd: ["other"] }), "/entry other");
  assert.equal(args({ Entrypoint: ["sh"] }), "sh");
  assert.equal(args({ Entrypoint: [""], Cmd: ["ls"] }), "ls");
  assert.equal(args({ Entrypoint: "sh", Cmd: "ls" }), "sh ls");
  assert.throws(() => processArguments(mergeConfig({}, {})), /no command specified/);
  const merged = mergeConfig({ Env: ["A=2", "B=3", "PATH"], Labels: { b: "2" }, User: "" }, image);
  assert.deepEqual(merged.Env, ["A=2", "B=3"]);
  assert.deepEqual(merged.Labels, { a: "1", b: "2" });
  assert.equal(merged.User, "web");
});

test("binds, mounts and volumes of the image", () => {
  assert.deepEqual(parseBind("/a//b/:/c/:ro,rslave"), {
    type: "bind",
    source: "/a/b/",
    target: "/c",
    readOnly: true,
    mode: "ro,rslave",
    propagation: "rslave",
    recursive: true,
    createSource: true,
  });
  const targets = mountRequests({ Binds: ["data:/x"], Tmpfs: { "/t": "size=1m" } }, { "/x": {}, "/y": {} });
  assert.deepEqual(
    targets.map((one) => `${one.type} ${one.target}`),
    ["volume /x", "tmpfs /t", "volume /y"],
  );
  const refused = (binds: string[], message: RegExp) =>
    assert.throws(() => mountRequests({ Binds: binds }, {}), message);
  refused(["aa:/x", "bb:/x"], /Duplicate mount point: \/x/);
  refused(["aa:/b:c:d"], /invalid volume specification/);
  refused(["/a:/"], /destination can't be '\/'/);
  refused(["/a:/b:what"], /invalid mode: what/);
  refused(["../up:/b"], /includes invalid characters for a local volume name/);
});

test("users and groups", () => {
  const files = {
    passwd: "root:x:0:0::/:/bin/sh\nweb:x:1000:1001::/:/bin/sh\nbig:x:4294967296:0:::\n",
    group: "root:x:0:\nweb:x:1001:\naudio:x:29:web,other\n",
  };
  const user = (text: string, add: string[] = []) => {
    const { uid, gid, additionalGids } = resolveUser(text, files, add);
    return `${uid}:${gid} ${additionalGids.join(",")}`;
  };
  assert.equal(user(""), "0:0 0");
  assert.equal(user("web"), "1000:1001 1001,29");
  assert.equal(user("1000"), "1000:1001 1001,29");
  assert.equal(user("web:audio"), "1000:29 29");
  assert.equal(user("77:88", ["audio"]), "77:88 88,29");
  assert.throws(() => user("nobody"), /unable to find user nobody/);
  assert.throws(() => user("0:nogroup"), /unable to find group nogroup/);
  for (const text of ["4294967296", "2147483648", "0:4294967296", "big"])
    assert.throws(() => user(text), /must be in range/);
  assert.equal(resolveUser("5", { passwd: undefined, group: undefined }, []).uid, 5);
});

test("capabilities", () => {
  const available = capabilitiesOf("000001ffffffffff");
  const granted = (add: string[], drop: string[]) =>
    grantedCapabilities({ privileged: false, add, drop, available });
  assert.equal(granted([], []).length, 14);
  assert.deepEqual(granted(["net_admin"], ["ALL"]), ["CAP_NET_ADMIN"]);
  assert.equal(granted(["ALL"], ["SYS_ADMIN"]).length, 40);
  assert.equal(grantedCapabilities({ privileged: true, add: [], drop: [], available }).length, 41);
});

test("restart policies", () => {
  const end = { exitCode: 1, restartCount: 2, stoppedByUser: false };
  assert.equal(wantsRestart({ Name: "on-failure", MaximumRetryCount: 2 }, end), false);
  assert.equal(wantsRestart({ Name: "on-failure" }, end), true);
  assert.equal(wantsRestart({ Name: "on-failure" }, { ...end, exitCode: 0 }), false);
  assert.equal(wantsRestart({ Name: "always" }, { ...end, stoppedByUser: true }), false);
  assert.equal(wantsRestart({ Name: "unless-stopped" }, end), true);
  assert.deepEqual(
    [restartDelayMs(0, 0), restartDelayMs(100, 5), restartDelayMs(51_200, 5), restartDelayMs(60_000, 10_000)],
    [100, 200, 60_000, 100],
  );
});

test("health goes by streaks; failures while starting do not count", () => {
  const failed = { Start: "", End: "", ExitCode: 1, Output: "" };
  const rule = { retries: 2, inStartPeriod: false };
  const starting = { Status: "starting" as const, FailingStreak: 0, Log: [] };
  const once = nextHealth(starting, failed, rule);
  assert.equal(`${once.Status} ${once.FailingStreak}`, "starting 1");
  assert.equal(nextHealth(once, failed, rule).Status, "unhealthy");
  assert.equal(nextHealth(starting, failed, { ...rule, inStartPeriod: true }).FailingStreak, 0);
  assert.equal(nextHealth(once, { ...failed, ExitCode: 0 }, rule).Status, "healthy");
});

test("signals by name and number", () => {
  assert.deepEqual(
    ["9", "KILL", "SIGKILL", "sigterm", "RTMIN+3", "SIGRTMAX"].map(parseSignal),
    [9, 9, 9, 15, 37, 64],
  );
  for (const text of ["0", "65", "NOPE", "", "toString"])
    assert.throws(() => parseSignal(text), /invalid signal/);
});

test("what is not supported is refused by name", () => {
  const kind = (request: ContainerCreateRequest) => {
    try {
      validateRequest(request);
      return "accepted";
    } catch (error) {
      assert.ok(error instanceof EngineError);
      return `${error.kind}: ${error.message}`;
    }
  };
  assert.equal(kind({ HostConfig: { Links: [], DeviceRequests: [] } }), "accepted");
  assert.equal(kind({ HostConfig: { Links: ["db:store"], NetworkMode: "shop" } }), "accepted");
  assert.match(kind({ HostConfig: { Links: ["db:store"] } }), /^not-implemented: HostConfig\.Links/);
  assert.equal(
    kind({ HostConfig: { DeviceRequests: [{}] } }),
    "not-implemented: HostConfig.DeviceRequests is not supported by this engine",
  );
  assert.equal(kind({ StopSignal: "NOPE" }), "invalid-argument: invalid signal: NOPE");
  assert.match(
    kind({ HostConfig: { NanoCpus: 1e9, CpuQuota: 5 } }),
    /^invalid-argument: Conflicting options/,
  );
  assert.match(
    kind({ HostConfig: { AutoRemove: true, RestartPolicy: { Name: "always" } } }),
    /can't create 'AutoRemove' container with restart policy/,
  );
});

test("spans of prune and rows of ps", () => {
  assert.equal(parseUntil("1h30m", now), now - 5_400_000);
  assert.equal(parseUntil("1700000000", now), 1_700_000_000_000);
  assert.throws(() => parseUntil("soon", now), /invalid filter/);
  const table = ["  PID USER CMD", "   12 root sh -c a  b", "   13 root other"];
  assert.deepEqual(pickProcesses(table, new Set(["12"])), {
    Titles: ["PID", "USER", "CMD"],
    Processes: [["12", "root", "sh -c a b"]],
  });
});
