/** What the server does with a document. */
export type DocumentLanguage = "dockerfile" | "compose" | "other";

const DOCKERFILE = /^(?:(?:docker|container)file(?:\..+)?|.+\.(?:docker|container)file)$/i;
const COMPOSE = /^(?:docker-)?compose(?:[.-].+)?\.ya?ml$/i;

/** Decides by the editor's language id first and by the file's name where the id is a general one. */
export function languageOf(languageId: string, uri: string): DocumentLanguage {
  if (languageId === "dockerfile") return "dockerfile";
  if (languageId === "dockercompose") return "compose";
  const name = uri.slice(uri.lastIndexOf("/") + 1);
  if (languageId === "yaml") return COMPOSE.test(name) ? "compose" : "other";
  // `Dockerfile.dockerignore` is an ignore file.
  if (languageId === "ignore" || /ignore$/i.test(name)) return "other";
  if (languageId === "plaintext" || languageId === "") return DOCKERFILE.test(name) ? "dockerfile" : "other";
  return "other";
}
