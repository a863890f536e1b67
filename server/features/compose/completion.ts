import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Completion } from "../feature.ts";
import type { WantedValue } from "./wanted-value.ts";

/** What is known that may be offered; the files and the project are looked at before. */
export interface Offers {
  /** Names of each section, those of included and other files of the project too. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** The service that is being written. */
  readonly service: string | undefined;
  /** Names in the directory that is being written, those of directories with a slash behind them. */
  readonly paths: readonly string[];
  readonly stages: readonly string[];
  readonly images: readonly string[];
  readonly profiles: readonly string[];
  /** Ports that the service's image listens on. */
  readonly ports: readonly number[];
}

/** Names, paths, stages, images and ports that fit at a place. */
export function completeValue(text: string, wanted: WantedValue, offers: Offers): readonly Completion[] {
  const { range } = wanted;
  switch (wanted.kind) {
    case "name": {
      const all = offers.names[wanted.section] ?? [];
      const what = wanted.section.replace(/s$/, "");
      const names = wanted.section === "services" ? all.filter((name) => name !== offers.service) : all;
      return names.map((name) => {
        if (wanted.form === "dependency") return dependency(text, name, range);
        return plain(name, what, range, wanted.form === "plain" ? name : `${name}:`);
      });
    }
    case "path": {
      const written = text.slice(range.start, range.end);
      const last = range.start + written.lastIndexOf("/") + 1;
      const directory = written.slice(0, last - range.start);
      const wants = offers.paths.filter((name) => wanted.wants !== "directory" || name.endsWith("/"));
      const head = directory === "" && wanted.base === "project" ? "./" : "";
      const place = { start: last, end: range.end };
      return wants.map((name) => plain(name, name.endsWith("/") ? "directory" : "file", place, head + name));
    }
    case "stage":
      return offers.stages.map((name) => plain(name, "stage", range));
    case "image":
      return offers.images.map((name) => plain(name, "image", range));
    case "profile":
      return offers.profiles.map((name) => plain(name, "profile", range));
    case "port": {
      const isQuoted = /["']/.test(text[range.start - 1] ?? "");
      const quote = isQuoted ? "" : '"';
      return offers.ports.map((port) => {
        const host = port < 1024 ? port + 8000 : port;
        return plain(`${host}:${port}`, "port", range, `${quote}${host}:${port}${quote}`);
      });
    }
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
