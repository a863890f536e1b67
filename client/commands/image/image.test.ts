import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { extract } from "tar-stream";
import { defaultTag, packBuild, sourceOf } from "./build-context.ts";
import { createProgressText, createPullSummary } from "./progress-text.ts";
import { defaultPorts, portsProblem, runRequest } from "./run-request.ts";

test("ports as they are typed", () => {
  const { ExposedPorts, HostConfig } = runRequest({
    image: "web",
    ports: "8080:80, 127.0.0.1:5300:53/udp 9000,[::1]::443",
    isInteractive: false,
  });
  assert.deepEqual(HostConfig?.PortBindings, {
    "80/tcp": [{ HostIp: "", HostPort: "8080" }],
    "53/udp": [{ HostIp: "127.0.0.1", HostPort: "5300" }],
    "9000/tcp": [{ HostIp: "", HostPort: "" }],
    "443/tcp": [{ HostIp: "::1", HostPort: "" }],
  });
  assert.deepEqual(Object.keys(ExposedPorts ?? {}), ["80/tcp", "53/udp", "9000/tcp", "443/tcp"]);
  assert.equal(portsProblem(""), undefined);
  for (const wrong of ["x", "80:", "99999:80", "80:0", "80/icmp"])
    assert.match(portsProblem(wrong) ?? "", /is not a port/);
});

test("an image's exposed ports are offered under the same numbers", () => {
  assert.equal(defaultPorts({ "3000/tcp": {}, "53/udp": {} }), "3000:3000, 53:53/udp");
  assert.equal(defaultPorts(undefined), "");
  assert.equal(portsProblem(defaultPorts({ "3000/tcp": {}, "53/udp": {} })), undefined);
});

test("a tag made of a folder's name is one", () => {
  const names = ["/a/My App", "/a/node-app", "/", "/a/__x..y__", "/a/ÄÖ"];
  assert.deepEqual(names.map(defaultTag), [
    "my-app:latest",
    "node-app:latest",
    "app:latest",
    "x-y:latest",
    "app:latest",
  ]);
});

test("the context holds what .dockerignore leaves, and the Dockerfile in any case", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "berth-context-"));
  try {
    await mkdir(path.join(folder, "node_modules"));
    for (const name of ["app.js", "node_modules/x.js", "secret.env", "web.Dockerfile"]) {
      await writeFile(path.join(folder, name), name);
    }
    await writeFile(path.join(folder, ".dockerignore"), "node_modules\n*.env\n*Dockerfile\n");
    assert.deepEqual(await names(path.join(folder, "web.Dockerfile")), [
      ".dockerignore",
      "app.js",
      "web.Dockerfile",
    ]);
    await writeFile(path.join(folder, "web.Dockerfile.dockerignore"), "app.js\n*.dockerignore\n");
    assert.deepEqual(await names(path.join(folder, "web.Dockerfile")), [
      ".dockerignore",
      "node_modules/",
      "node_modules/x.js",
      "secret.env",
      "web.Dockerfile",
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function names(dockerfile: string): Promise<string[]> {
  const found: string[] = [];
  const tar = Readable.from(packBuild(sourceOf(dockerfile), AbortSignal.timeout(10_000))).pipe(extract());
  for await (const entry of tar) {
    found.push(entry.header.name);
    entry.resume();
  }
  return found;
}

test("of a layer's many messages only new statuses are lines", () => {
  const print = createProgressText();
  const messages = [
    { stream: "Step 1/2 : FROM web\n" },
    { status: "Pulling from library/web", id: "latest" },
    { status: "Downloading", id: "aa", progressDetail: { current: 1, total: 10 } },
    { status: "Downloading", id: "aa", progressDetail: { current: 9, total: 10 } },
    { status: "Pull complete", id: "aa" },
    { status: "Digest: sha256:1" },
    { aux: { ID: "sha256:2" } },
  ];
  assert.equal(
    messages.map(print).join(""),
    "Step 1/2 : FROM web\nlatest: Pulling from library/web\naa: Downloading\naa: Pull complete\nDigest: sha256:1\n",
  );
});

test("a pull's summary counts bytes over all layers", () => {
  const summary = createPullSummary();
  summary({ status: "Downloading", id: "aa", progressDetail: { current: 10, total: 100 } });
  const half = summary({ status: "Downloading", id: "bb", progressDetail: { current: 90, total: 100 } });
  assert.equal(half, "50 % · Downloading");
  assert.equal(summary({ status: "Pull complete", id: "aa" }), "95 % · Pull complete");
});
