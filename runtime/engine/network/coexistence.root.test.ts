import { join } from "node:path";
import { test } from "node:test";
import { run } from "../host/run.ts";

test("beside Docker Engine, whose firewall drops what it does not know, ports answer and containers get out", async () => {
  const program = join(import.meta.dirname, "testing/beside-docker.ts");
  const argv = ["unshare", "--net", "--mount", process.execPath, program] as const;
  await run({ argv, parse: () => {} }, AbortSignal.timeout(40_000));
});
