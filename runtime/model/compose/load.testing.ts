import { type LoadRequest, loadProject, type ProjectLoad } from "./load.ts";

/** A project from texts by file name, in `/shop`; all files are Compose files unless `files` names those that are. */
export function loadTexts(
  texts: Readonly<Record<string, string>>,
  options: Partial<LoadRequest> = {},
): ProjectLoad {
  const documents = new Map(Object.entries(texts).map(([name, text]) => [`/shop/${name}`, text]));
  return loadProject({
    files: Object.keys(texts).map((name) => `/shop/${name}`),
    directory: "/shop",
    profiles: [],
    environment: { HOME: "/home/ada" },
    documents,
    ...options,
  });
}
