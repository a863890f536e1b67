import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import { keyPathAt, keysBelow } from "./key-path.ts";

/** The section a service's key refers to. */
const SECTIONS: Readonly<Record<string, string>> = {
  depends_on: "services",
  extends: "services",
  links: "services",
  volumes_from: "services",
  networks: "networks",
  volumes: "volumes",
  secrets: "secrets",
  configs: "configs",
};

/** Where the service, network, volume, secret or config named at an offset is declared in this file. */
export function definitionInCompose(text: string, offset: number): OffsetRange | undefined {
  const word = wordAround(text, offset);
  // `./data` and `/data` are paths, and what stands behind a colon is where a volume is mounted.
  if (word.name === "" || /[/.~:]/.test(text[word.range.start - 1] ?? "")) return undefined;
  const [section, , key] = keyPathAt(text, word.range.start).keys;
  const target = section === "services" && key !== undefined ? SECTIONS[key] : undefined;
  return target === undefined
    ? undefined
    : keysBelow(text, target).find(({ name }) => name === word.name)?.range;
}

function wordAround(text: string, offset: number): { readonly name: string; readonly range: OffsetRange } {
  let start = offset;
  while (start > 0 && /[\w.-]/.test(text[start - 1]!)) start--;
  let end = offset;
  while (end < text.length && /[\w.-]/.test(text[end]!)) end++;
  return { name: text.slice(start, end), range: { start, end } };
}
