import { printPathStat } from "../../container/path-stat.ts";
import { EngineError } from "../../error.ts";
import type { Answer } from "../answer.ts";
import { noContent } from "../answer.ts";
import type { Backend } from "../backend.ts";
import { type Call, flag, param, text } from "../call.ts";
import { type Route, route } from "../router.ts";

/** `/containers/{id}/archive`: what `docker cp` speaks. */
export const containerArchiveRoutes: readonly Route[] = [
  route("HEAD", "/containers/{id}/archive", async (call, { containers }) => {
    const stat = await containers.statPath(param(call, "id"), archivePath(call), call.signal);
    return { kind: "empty", status: 200, headers: { [statHeader]: printPathStat(stat) } };
  }),
  route("GET", "/containers/{id}/archive", async (call, { containers }) => {
    const { stat, chunks } = await containers.readArchive(param(call, "id"), archivePath(call), call.signal);
    return {
      kind: "bytes",
      mediaType: "application/x-tar",
      headers: { [statHeader]: printPathStat(stat) },
      chunks,
    };
  }),
  route("PUT", "/containers/{id}/archive", putArchive),
];

const statHeader = "X-Docker-Container-Path-Stat";

async function putArchive(call: Call, { containers }: Backend): Promise<Answer> {
  const options = {
    noOverwriteDirNonDir: flag(call, "noOverwriteDirNonDir"),
    copyUidGid: flag(call, "copyUIDGID"),
  };
  await containers.writeArchive(param(call, "id"), archivePath(call), call.body, options, call.signal);
  return noContent(200);
}

function archivePath(call: Call): string {
  const path = text(call, "path");
  if (path === undefined) throw new EngineError("invalid-argument", "bad parameter: 'path' cannot be empty");
  return path;
}
