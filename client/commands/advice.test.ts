import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, ConnectionError } from "../../runtime/api/api-error.ts";
import { AdvisedError, advise, printFailure } from "./advice.ts";

const button = (error: unknown, connectionKind: "local" | "ssh" = "local") =>
  advise(error, { connectionKind, targets: [] }).title;

test("each failure has one useful action", () => {
  assert.equal(button(new ConnectionError("gone")), "Start Engine");
  assert.equal(button(new ConnectionError("gone"), "ssh"), "Reconnect");
  assert.equal(button(new ApiError(404, "No such image: web:latest")), "Pull Image…");
  assert.equal(
    button(
      new ApiError(
        409,
        'cannot remove container "/web": container is running: stop the container before removing or force remove',
      ),
    ),
    "Remove Anyway",
  );
  assert.equal(
    button(new ApiError(500, "Bind for 0.0.0.0:80 failed: port is already allocated")),
    "Show Containers",
  );
  assert.equal(button(new ApiError(409, "remove data: volume is in use - [abc]")), "Show Containers");
  assert.equal(button(new ApiError(500, "anything")), "Show Log");
  assert.equal(button(new Error("bug")), "Show Log");
  assert.equal(button(new AdvisedError("x", { title: "Do It", command: "berth.engine.start" })), "Do It");
});

test("the engine's message is shown as it is", () => {
  assert.equal(printFailure("Run", new ApiError(404, "No such image: web")), "Run: No such image: web");
});
