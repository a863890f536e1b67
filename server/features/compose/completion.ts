import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Completion } from "../feature.ts";
import { keyPathAt, keysBelow } from "./key-path.ts";

/** Names of the file that fit at an offset: services, networks, volumes, secrets, configs. */
export function completeComposeNames(text: string, offset: number): readonly Completion[] {
  const { keys, isItem } = keyPathAt(text, offset);
  const [section, service, key, ...deeper] = keys;
  if (section !== "services" || service === undefined || key === undefined || deeper.length > 0) return [];
  const range = wordBefore(text, offset);
  const names = (from: string): readonly string[] => keysBelow(text, from).map(({ name }) => name);
  switch (key) {
    case "depends_on": {
      const others = names("services").filter((name) => name !== service);
      return others.map((name) => (isItem ? plain(name, "service", range) : dependency(text, name, range)));
    }
    case "networks":
      return names("networks").map((name) => plain(name, "network", range, isItem ? name : `${name}:`));
    case "volumes":
      return isItem ? names("volumes").map((name) => plain(name, "volume", range, `${name}:`)) : [];
    case "secrets":
    case "configs":
      return isItem ? names(key).map((name) => plain(name, key.slice(0, -1), range)) : [];
    case "extends":
      return names("services").map((name) => plain(name, "service", range));
    default:
      return [];
  }
}

function dependency(text: string, name: string, range: OffsetRange): Completion {
  const lineStart = text.lastIndexOf("\n", range.start - 1) + 1;
  const indent = /^\s*/.exec(text.slice(lineStart, range.start))![0];
  const insert = `${name}:\n${indent}  condition: \${1|service_started,service_healthy,service_completed_successfully|}`;
  return { ...plain(name, "service", range), insert, isSnippet: true };
}

function plain(label: string, what: string, range: OffsetRange, insert = label): Completion {
  return { label, kind: "reference", detail: what, insert, isSnippet: false, range, sort: `0${label}` };
}

function wordBefore(text: string, offset: number): OffsetRange {
  let start = offset;
  while (start > 0 && /[\w.-]/.test(text[start - 1]!)) start--;
  if (text[start] === "-" && /\s/.test(text[start + 1] ?? " ")) start++;
  return { start: Math.min(start, offset), end: offset };
}
