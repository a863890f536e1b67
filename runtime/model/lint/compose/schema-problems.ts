import { type Entry, entriesOf, entry, type MappingNode, type TreeNode } from "../../compose/tree.ts";
import type { OffsetRange, Problem } from "../../text/problem.ts";
import type { LintMemory } from "./memory.ts";
import { checkSchema } from "./schema/check.ts";
import { COMPOSE_SCHEMA, SERVICES_SCHEMA } from "./schema/compose-schema.ts";

/** What the schema finds where the model found nothing: of two that speak of one place the model is the more exact. */
export function schemaProblems(
  root: TreeNode,
  model: readonly Problem[],
  memory: LintMemory,
): readonly Problem[] {
  const services = entry(root, "services")?.value;
  if (root.kind !== "mapping" || services?.kind !== "mapping")
    return apart(checkSchema(root, COMPOSE_SCHEMA), model);
  const rest = root.entries.filter(({ value }) => value !== services);
  const found = [
    ...checkSchema({ ...root, entries: rest }, COMPOSE_SCHEMA),
    ...entriesOf(services).flatMap((service) => serviceProblems(services, service, memory)),
  ];
  return apart(found, model);
}

function serviceProblems(services: MappingNode, service: Entry, memory: LintMemory): readonly Problem[] {
  const from = [service.key, service.keyPlace.range];
  return memory.schema.of(
    service.value,
    from,
    () => {},
    () => checkSchema({ ...services, entries: [service] }, SERVICES_SCHEMA),
  );
}

function apart(found: readonly Problem[], model: readonly Problem[]): readonly Problem[] {
  return found.filter(({ range }) => model.every((problem) => !overlaps(problem.range, range)));
}

function overlaps(left: OffsetRange, right: OffsetRange): boolean {
  return right.start < left.end && left.start < right.end;
}
