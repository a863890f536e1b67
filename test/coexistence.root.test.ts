import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startDockerd } from "./harness/dockerd.ts";

test("beside Debian's Docker Engine on the same host: both publish, both get out, neither reaches the other's containers", async () => {
  await using dockerd = await startDockerd(["busybox:latest"]);
  const [program = "", ...enter] = dockerd.enter;
  const script = join(import.meta.dirname, "harness/networks-beside-dockerd.ts");
  await promisify(execFile)(program, [...enter, "unshare", "--mount", process.execPath, script], {
    env: { ...process.env, DOCKER_HOST: `unix://${dockerd.socket}` },
    timeout: 90_000,
  });
});
