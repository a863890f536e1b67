import { EngineError } from "../error.ts";
import type { Filters } from "../http/backend.ts";
import type { VolumeDocument } from "./volume-document.ts";

/** A test for volumes by the filters of `GET /volumes`. Throws `invalid-argument` for an unknown one. */
export function volumeFilter(filters: Filters): (volume: VolumeDocument) => boolean {
  const tests = Object.entries(filters)
    .filter(([, values]) => values.length > 0)
    .map(([key, values]) => {
      const any = values.map((value) => testFor(key, value));
      return key.startsWith("label")
        ? (volume: VolumeDocument) => any.every((test) => test(volume))
        : (volume: VolumeDocument) => any.some((test) => test(volume));
    });
  return (volume) => tests.every((test) => test(volume));
}

function testFor(key: string, value: string): (volume: VolumeDocument) => boolean {
  switch (key) {
    case "name":
      return ({ name }) => name.includes(value);
    case "driver":
      return () => value === "local";
    case "dangling": {
      const wanted = parseFlag(key, value);
      return ({ users }) => (users.length === 0) === wanted;
    }
    case "label":
      return (volume) => hasLabel(volume, value);
    case "label!":
      return (volume) => !hasLabel(volume, value);
    default:
      throw new EngineError("invalid-argument", `invalid filter '${key}'`);
  }
}

function parseFlag(key: string, value: string): boolean {
  if (["1", "true", "True", "TRUE", "t", "T"].includes(value)) return true;
  if (["0", "false", "False", "FALSE", "f", "F"].includes(value)) return false;
  throw new EngineError("invalid-argument", `invalid filter '${key}=${value}'`);
}

function hasLabel({ labels }: VolumeDocument, wanted: string): boolean {
  const equals = wanted.indexOf("=");
  const key = equals < 0 ? wanted : wanted.slice(0, equals);
  return Object.hasOwn(labels, key) && (equals < 0 || labels[key] === wanted.slice(equals + 1));
}
