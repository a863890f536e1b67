import type { EngineFacts } from "../runtime/model/engine-facts.ts";
import type { Connection } from "./connections/connection.ts";
import type { Lists } from "./views/live-lists.ts";

/** What the language server may know of the connected engines. */
export function engineFacts(
  connections: readonly Connection[],
  listsOf: (connectionId: string) => Lists | undefined,
): EngineFacts {
  const all = connections.map(({ id, label }) => ({ engine: label, lists: listsOf(id) ?? {} }));
  return {
    images: all.flatMap(({ engine, lists }) =>
      (lists.images ?? []).flatMap(({ RepoTags, RepoDigests, Size, Created }) =>
        (RepoTags ?? [])
          .filter((name) => name !== "<none>:<none>")
          .map((name) => {
            const repository = name.slice(0, name.lastIndexOf(":"));
            const [, digest] =
              (RepoDigests ?? []).map((each) => each.split("@")).find(([of]) => of === repository) ?? [];
            const found = digest === undefined ? {} : { digest };
            return { engine, name, sizeBytes: Size, createdUnixSeconds: Created, ...found };
          }),
      ),
    ),
    services: all.flatMap(({ engine, lists }) =>
      (lists.containers ?? []).flatMap(({ Labels, State, Status }) => {
        const project = Labels?.["com.docker.compose.project"];
        const service = Labels?.["com.docker.compose.service"];
        const isOneOff = Labels?.["com.docker.compose.oneoff"]?.toLowerCase() === "true";
        return project === undefined || service === undefined || isOneOff
          ? []
          : [{ engine, project, service, state: State, status: Status }];
      }),
    ),
  };
}
