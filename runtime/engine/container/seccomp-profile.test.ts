import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSeccompProfile } from "./seccomp-profile.ts";
import { parseSecurityOptions } from "./security-options.ts";

const target = { capabilities: ["CAP_CHOWN"], architecture: "amd64", kernel: "6.1.0-18-amd64" };
const parse = (profile: unknown) => parseSeccompProfile(JSON.stringify(profile), target);

test("conditions of a profile are decided for the container", () => {
  const rule = (name: string, more: object = {}) => ({ names: [name], action: "SCMP_ACT_ALLOW", ...more });
  const { syscalls, architectures, defaultErrnoRet } = parse({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
    ],
    syscalls: [
      rule("read"),
      rule("has-capability", { includes: { caps: ["CAP_CHOWN"] } }),
      rule("lacks-capability", { includes: { caps: ["CAP_SYS_ADMIN"] } }),
      rule("excluded", { excludes: { caps: ["CAP_CHOWN"] } }),
      rule("other-machine", { includes: { arches: ["s390x"] } }),
      rule("new-enough", { includes: { minKernel: "4.8" } }),
      rule("too-new", { includes: { minKernel: "6.2" } }),
      { name: "old-spelling", action: "SCMP_ACT_ERRNO", errnoRet: 1, args: null },
      rule("by-argument", { args: [{ index: 0, value: 8, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ" }] }),
    ],
  });
  assert.deepEqual(
    syscalls.flatMap(({ names }) => names),
    ["read", "has-capability", "new-enough", "old-spelling", "by-argument"],
  );
  assert.deepEqual(architectures, ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
  assert.equal(defaultErrnoRet, 38);
  assert.deepEqual(syscalls.at(-1)?.args, [{ index: 0, value: 8, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ" }]);
});

test("a profile that is none is refused", () => {
  assert.throws(() => parseSeccompProfile("{", target), /Decoding seccomp profile failed/);
  assert.throws(() => parse([]), /the profile must be an object/);
  assert.throws(() => parse({}), /defaultAction: unknown action undefined/);
  assert.throws(() => parse({ defaultAction: "SCMP_ACT_PARTY" }), /unknown action "SCMP_ACT_PARTY"/);
  const allow = { defaultAction: "SCMP_ACT_ALLOW" };
  assert.throws(() => parse({ ...allow, syscalls: [7] }), /syscalls\[0\] must be an object/);
  assert.throws(
    () => parse({ ...allow, syscalls: [{ name: "a", names: ["b"], action: "SCMP_ACT_LOG" }] }),
    /'name' and 'names'/,
  );
  const oddOperator = { names: ["a"], action: "SCMP_ACT_LOG", args: [{ index: 0, op: "LIKE" }] };
  assert.throws(() => parse({ ...allow, syscalls: [oddOperator] }), /unknown operator "LIKE"/);
});

test("security options", () => {
  assert.deepEqual(parseSecurityOptions([]), {
    noNewPrivileges: false,
    seccomp: "builtin",
  });
  assert.deepEqual(
    parseSecurityOptions(["no-new-privileges", "seccomp=unconfined", "apparmor:unconfined", "label=disable"]),
    { noNewPrivileges: true, seccomp: "unconfined" },
  );
  assert.deepEqual(parseSecurityOptions(['seccomp={"a":1}']).seccomp, { profile: '{"a":1}' });
  assert.equal(parseSecurityOptions(["no-new-privileges:false"]).noNewPrivileges, false);
  for (const option of ["no-new-privileges=maybe", "seccomp", "seccomp=", "apparmor=", "nonsense=1", ""]) {
    assert.throws(() => parseSecurityOptions([option]), /invalid --security-opt/, option);
  }
  assert.throws(() => parseSecurityOptions(["label=type:svirt"]), /sets no SELinux labels/);
  assert.throws(() => parseSecurityOptions(["apparmor=mine"]), /loads no AppArmor profiles/);
});
