import type { EventMessage } from "../../api/types/system.ts";
import { EngineError } from "../error.ts";
import type { Filters } from "../http/backend.ts";

const known = [
  "type",
  "event",
  "container",
  "image",
  "volume",
  "network",
  "label",
  "scope",
  "daemon",
  "builder",
];

/** A test for events by Docker's filters. Throws `invalid-argument` for a filter that does not exist. */
export function eventFilter(filters: Filters): (event: EventMessage) => boolean {
  for (const key of Object.keys(filters)) {
    if (!known.includes(key)) throw new EngineError("invalid-argument", `invalid filter '${key}'`);
  }
  return (event) =>
    Object.entries(filters).every(
      ([key, values]) => values.length === 0 || values.some((value) => matches(event, key, value)),
    );
}

function matches(event: EventMessage, key: string, value: string): boolean {
  const { ID, Attributes } = event.Actor;
  switch (key) {
    case "type":
      return event.Type === value;
    case "event":
      // `health_status`, `exec_create` and `exec_start` carry their detail after a colon.
      return event.Action === value || (!value.includes(":") && event.Action.startsWith(`${value}:`));
    case "scope":
      return event.scope === value;
    case "label":
      return matchesLabel(Attributes, value);
    case "image": {
      const name = event.Type === "image" ? Attributes.name : Attributes.image;
      if (event.Type === "image" && ID === value) return true;
      return name === value || (name !== undefined && withoutTag(name) === value);
    }
    default:
      return event.Type === key && (ID.startsWith(value) || Attributes.name === value);
  }
}

function matchesLabel(attributes: Readonly<Record<string, string>>, wanted: string): boolean {
  const equals = wanted.indexOf("=");
  if (equals < 0) return Object.hasOwn(attributes, wanted);
  const key = wanted.slice(0, equals);
  return Object.hasOwn(attributes, key) && attributes[key] === wanted.slice(equals + 1);
}

function withoutTag(reference: string): string {
  const colon = reference.lastIndexOf(":");
  return colon > reference.lastIndexOf("/") ? reference.slice(0, colon) : reference;
}
