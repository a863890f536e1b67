import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig } from "../../api/types/container.ts";
import { parseDockerfile } from "../../model/dockerfile/parse.ts";
import { applyMetadata } from "./metadata.ts";
import { envMap, lookupIn } from "./variables.ts";

/** Instructions in; the configuration they make, out. */
function check(text: string, expected: ContainerConfig): void {
  assert.deepEqual(configOf(text), expected);
}

function configOf(text: string): ContainerConfig {
  let config: ContainerConfig = {};
  let hasOwnCmd = false;
  for (const instruction of parseDockerfile(`FROM scratch\n${text}`).tree.stages[0]?.instructions ?? []) {
    const lookup = lookupIn(new Map([...envMap(config.Env), ["arg", "argument"]]));
    const change = applyMetadata(instruction, { config, hasOwnCmd, lookup, escape: "\\" });
    config = change?.config ?? config;
    hasOwnCmd ||= change?.setsCmd === true;
  }
  return config;
}

test("environment and labels", () => {
  check("ENV a=1 b=\"x $a\" c='$a'\nENV a=2 d=$a-$arg\nENV e two words", {
    Env: ["a=2", "b=x ", "c=$a", "d=1-argument", "e=two words"],
  });
  check('LABEL a.b="x y" c=$arg', { Labels: { "a.b": "x y", c: "argument" } });
});

test("commands", () => {
  check('CMD npm start\nENTRYPOINT ["/e", "x"]', {
    Cmd: ["/bin/sh", "-c", "npm start"],
    ArgsEscaped: true,
    Entrypoint: ["/e", "x"],
  });
  check('SHELL ["/bin/bash","-c"]\nENTRYPOINT $HOME', {
    Shell: ["/bin/bash", "-c"],
    Entrypoint: ["/bin/bash", "-c", "$HOME"],
    Cmd: null,
  });
  check("HEALTHCHECK --interval=1m30s --retries=3 CMD curl x", {
    Healthcheck: { Test: ["CMD-SHELL", "curl x"], Interval: 90e9, Retries: 3 },
  });
  check("HEALTHCHECK NONE", { Healthcheck: { Test: ["NONE"] } });
  check("ONBUILD COPY . /app", { OnBuild: ["COPY . /app"] });
});

test("ports, volumes, user, signal", () => {
  check('EXPOSE 80 53/UDP 8000-8001\nUSER me:$arg\nVOLUME /a /b\nVOLUME ["/c d"]\nSTOPSIGNAL SIGQUIT', {
    ExposedPorts: { "80/tcp": {}, "53/udp": {}, "8000/tcp": {}, "8001/tcp": {} },
    User: "me:argument",
    Volumes: { "/a": {}, "/b": {}, "/c d": {} },
    StopSignal: "SIGQUIT",
  });
});

test("what is wrong is named", () => {
  assert.throws(() => configOf("EXPOSE x"), /invalid containerPort: x/);
  assert.throws(() => configOf("HEALTHCHECK --interval=5 CMD x"), /--interval: invalid duration "5"/);
  assert.throws(() => configOf("ENV a=''${b:?unset}"), /failed to process .*: b: unset/);
});
