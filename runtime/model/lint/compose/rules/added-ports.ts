import { child, entriesOf, entry } from "../../../compose/tree.ts";
import type { PublishedPort } from "../../../compose/types.ts";
import { insertFix } from "../../rule.ts";
import type { ComposeRule } from "../rule.ts";

/** Source: Compose specification, "Merge", sequences: lists are appended. */
export const addedPorts: ComposeRule = {
  name: "added-ports",
  codes: [],
  summary: "Ports of an override file are meant to be added",
  documentation:
    "Lists of several files are joined: a port of an override file is published beside the one of the file below it, not instead of it. `ports: !override` replaces the list.",
  severity: "info",
  scope: "file",
  *check({ load, path, root }) {
    if (load.project.files[0] === path) return;
    for (const { key, value } of entriesOf(child(root, "services"))) {
      const ports = entry(value, "ports");
      if (ports === undefined || ports.value.tag !== undefined) continue;
      const all = load.project.services.get(key)?.ports ?? [];
      for (const port of all) {
        const before = all.find((one) => isSameTarget(one, port) && one.place.file !== path);
        if (port.place.file !== path || before === undefined) continue;
        const fix = insertFix(
          "Replace the ports of the other file",
          ports.keyPlace.range.end + 1,
          " !override",
          false,
        );
        yield {
          range: port.place.range,
          message: `container port ${port.target} is published here and at ${before.published ?? "any port"} by ${nameOf(before)}: both count`,
          fixes: [fix],
        };
      }
    }
  },
};

function isSameTarget(left: PublishedPort, right: PublishedPort): boolean {
  return (
    left.target === right.target && left.protocol === right.protocol && left.published !== right.published
  );
}

function nameOf({ place: { file } }: PublishedPort): string {
  return file.slice(file.lastIndexOf("/") + 1);
}
