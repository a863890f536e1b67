import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import { keyPathAt } from "./key-path.ts";

export type Section = "services" | "networks" | "volumes" | "secrets" | "configs";

/** What fits where something is being written. */
export type WantedValue = { readonly range: OffsetRange } & (
  | {
      readonly kind: "name";
      readonly section: Section;
      readonly form: "plain" | "key" | "mount" | "dependency";
    }
  | {
      readonly kind: "path";
      readonly base: "project" | "context";
      readonly wants: "file" | "directory" | "any";
    }
  | { readonly kind: "stage" }
  | { readonly kind: "image" }
  | { readonly kind: "port" }
  | { readonly kind: "profile" }
);

const SHARED_NAMESPACE = new Set(["network_mode", "pid", "ipc"]);

/** What is wanted at an offset, by the keys above it; it works on texts that are no YAML yet. */
export function wantedValueAt(text: string, offset: number): WantedValue | undefined {
  const { keys, isItem: isBlockItem } = keyPathAt(text, offset);
  const isItem = isBlockItem || /\[[^\]]*$/.test(lineTo(text, offset));
  const word = wordBefore(text, offset, /[\w.-]/);
  const path = wordBefore(text, offset, /[^\s"'[\]{},]/);
  const [section, name, key, ...deeper] = keys;
  const file = (wants: "file" | "directory" | "any" = "file"): WantedValue => ({
    ...{ kind: "path", base: "project", wants, range: path },
  });
  if (section === "include") return deeper.length === 0 ? file() : undefined;
  if ((section === "secrets" || section === "configs") && key === "file") return file();
  if (section !== "services" || name === undefined || key === undefined) return undefined;
  const inner = deeper.join(".");
  const named = (of: Section, form: "plain" | "key" | "mount" | "dependency" = "plain"): WantedValue => ({
    ...{ kind: "name", section: of, form, range: word },
  });
  switch (key) {
    case "depends_on":
      return inner === "" ? named("services", isItem ? "plain" : "dependency") : undefined;
    case "links":
    case "volumes_from":
      return isItem ? named("services") : undefined;
    case "networks":
      return inner === "" ? named("networks", isItem ? "plain" : "key") : undefined;
    case "secrets":
    case "configs":
      return (inner === "" && isItem) || inner === "source" ? named(key) : undefined;
    case "volumes":
      if (inner === "source") return named("volumes");
      if (inner !== "" || !isItem || text.slice(path.start, offset).includes(":")) return undefined;
      return /^[.~/]/.test(text.slice(path.start, offset)) ? file("any") : named("volumes", "mount");
    case "extends":
      return inner === "file" ? file() : named("services");
    case "image":
      return { kind: "image", range: path };
    case "ports":
      return inner === "" && isItem ? { kind: "port", range: path } : undefined;
    case "profiles":
      return { kind: "profile", range: word };
    case "env_file":
    case "label_file":
      return inner === "" || inner === "path" ? file() : undefined;
    case "build":
      if (inner === "" || inner === "context")
        return /:\s+\S*$|:\s*$/.test(lineTo(text, offset)) ? file("directory") : undefined;
      if (inner === "dockerfile") return { kind: "path", base: "context", wants: "file", range: path };
      return inner === "target" ? { kind: "stage", range: word } : undefined;
    default:
      return SHARED_NAMESPACE.has(key) && /service:[\w.-]*$/.test(lineTo(text, offset))
        ? named("services")
        : undefined;
  }
}

function lineTo(text: string, offset: number): string {
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
}

function wordBefore(text: string, offset: number, part: RegExp): OffsetRange {
  let start = offset;
  while (start > 0 && part.test(text[start - 1]!)) start--;
  if (text[start] === "-" && /\s/.test(text[start + 1] ?? " ")) start++;
  return { start: Math.min(start, offset), end: offset };
}
