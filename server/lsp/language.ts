import { type FileKind, fileKind } from "../../runtime/model/lint/file-kind.ts";

/** Decides by the editor's language id first and by the file's name where the id is a general one. */
export function languageOf(languageId: string, uri: string): FileKind {
  if (languageId === "dockerfile") return "dockerfile";
  if (languageId === "dockercompose") return "compose";
  const kind = fileKind(uri);
  if (languageId === "yaml") return kind === "compose" ? "compose" : "other";
  if (languageId === "plaintext" || languageId === "") return kind === "dockerfile" ? "dockerfile" : "other";
  return "other";
}
