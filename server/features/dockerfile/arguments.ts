import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import { MOUNT_OPTIONS, MOUNT_TYPES } from "../../../runtime/model/lint/run-flags.ts";
import { SIGNALS } from "../../../runtime/model/lint/signals.ts";
import { lintSubject } from "../../../runtime/model/lint/subject.ts";
import { lineage } from "../../../runtime/model/lint/variables.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Completion } from "../feature.ts";
import { variablesAt } from "./variables.ts";

/** Ports programs are known to listen on, and the images that run them. */
const PORTS: readonly (readonly [port: number, what: string, images: RegExp])[] = [
  [80, "HTTP", /nginx|httpd|apache|caddy|php/],
  [443, "HTTPS", /nginx|httpd|apache|caddy/],
  [3000, "Node.js, Rails, Grafana", /node|ruby|rails|grafana/],
  [5000, "Flask, registries", /flask|registry/],
  [8000, "Django, Uvicorn", /python|uvicorn/],
  [8080, "Java, Go and other web servers", /golang|tomcat|temurin|openjdk|maven|gradle/],
  [3306, "MySQL, MariaDB", /mysql|mariadb/],
  [5432, "PostgreSQL", /postgres/],
  [6379, "Redis", /redis|valkey/],
  [27017, "MongoDB", /mongo/],
  [5672, "AMQP", /rabbitmq/],
  [9090, "Prometheus", /prometheus/],
];

/** Users that come with well-known base images. */
const IMAGE_USERS: readonly (readonly [user: string, images: RegExp])[] = [
  ["node", /(?:^|\/)node(?::|$)/],
  ["nginx", /nginx/],
  ["postgres", /postgres/],
  ["redis", /redis|valkey/],
  ["mysql", /mysql|mariadb/],
  ["www-data", /php|httpd|debian|ubuntu/],
];

/** What an instruction's arguments may be where the text itself says: users, ports, directories, signals, shells. */
export function completeArguments(
  tree: Dockerfile,
  instruction: Instruction,
  word: OffsetRange,
): readonly Completion[] {
  switch (instruction.name) {
    case "USER":
      return users(tree, instruction, word);
    case "EXPOSE":
      return ports(tree, instruction, word);
    case "WORKDIR":
      return directories(tree, word);
    case "STOPSIGNAL":
      return SIGNALS.map((name) => value(`SIG${name}`, word));
    case "SHELL":
      return SHELLS.map((label) => value(label, word));
    default:
      return [];
  }
}

const SHELLS = [
  '["/bin/bash", "-o", "pipefail", "-c"]',
  '["/bin/sh", "-ec"]',
  '["/bin/ash", "-eo", "pipefail", "-c"]',
];

/** Users for USER and `--chown`: those the stage makes, its base image's, and those every image has. */
export function users(tree: Dockerfile, instruction: Instruction, word: OffsetRange): readonly Completion[] {
  const stage = tree.stages[instruction.stage];
  const images = stage === undefined ? [] : lineage(tree, stage).map(({ from }) => from.image?.value ?? "");
  const made = lintSubject(tree, {})
    .calls("useradd", "adduser", "groupadd", "addgroup")
    .flatMap(({ command }) => command.words.at(-1)?.value ?? [])
    .filter((name) => /^[a-z_][\w-]*$/i.test(name));
  const own = IMAGE_USERS.filter(([, image]) => images.some((name) => image.test(name))).map(
    ([user]) => user,
  );
  const written = tree.text.slice(word.start, word.end);
  const start = word.start + written.lastIndexOf(":") + 1;
  const range = { start, end: word.end };
  const names = [...new Set([...made, ...own, "root", "nobody", "1000", "65532"])];
  return names.map((name, at) => ({
    ...value(name, range),
    detail: detailOf(name, made, own),
    sort: String(10 + at),
  }));
}

function detailOf(name: string, made: readonly string[], own: readonly string[]): string {
  if (made.includes(name)) return "made in this file";
  return own.includes(name) ? "user of the base image" : "user";
}

function ports(tree: Dockerfile, instruction: Instruction, word: OffsetRange): readonly Completion[] {
  const written = tree.text.slice(word.start, word.end);
  const slash = written.indexOf("/");
  if (slash >= 0) {
    const range = { start: word.start + slash + 1, end: word.end };
    return ["tcp", "udp", "sctp"].map((label) => value(label, range));
  }
  const stage = tree.stages[instruction.stage];
  const image = stage === undefined ? "" : (lineage(tree, stage).at(-1)?.from.image?.value ?? "");
  const named = variablesAt(tree, instruction)
    .filter(({ name, value: port }) => /PORT/i.test(name) && /^\d+$/.test(port ?? ""))
    .map(({ name }) => ({ ...value(`$${name}`, word), kind: "variable" as const, sort: `0${name}` }));
  const known = PORTS.map(([port, what, images]) => ({
    ...value(String(port), word),
    detail: what,
    sort: `${images.test(image) ? 1 : 2}${port}`,
  }));
  return [...named, ...known];
}

function directories(tree: Dockerfile, word: OffsetRange): readonly Completion[] {
  const used = tree.instructions.flatMap((one) =>
    one.name === "WORKDIR" ? (one.words[0]?.value ?? []) : [],
  );
  const all = new Set([...used, "/app", "/src", "/usr/src/app", "/workspace"]);
  return [...all]
    .filter((path) => path !== tree.text.slice(word.start, word.end))
    .map((path) => value(path, word));
}

/** What stands behind the last comma of `--mount=`: types, options of the type, values of an option. */
export function completeMount(text: string, range: OffsetRange): readonly Completion[] {
  const written = text.slice(range.start, range.end);
  const comma = written.lastIndexOf(",") + 1;
  const part = written.slice(comma);
  const at = { start: range.start + comma, end: range.end };
  const equals = part.indexOf("=");
  if (equals >= 0) {
    const values = MOUNT_VALUES[part.slice(0, equals)] ?? [];
    return values.map((one) => value(one, { start: at.start + equals + 1, end: at.end }));
  }
  const type = /(?:^|,)type=(\w+)/.exec(written)?.[1];
  if (type === undefined) return MOUNT_TYPES.map((one) => value(`type=${one}`, at));
  const taken = new Set(
    written
      .slice(0, comma)
      .split(",")
      .map((one) => one.split("=", 1)[0]),
  );
  return (MOUNT_OPTIONS.get(type) ?? [])
    .filter((name) => !taken.has(name))
    .map((name) => ({ ...value(BARE.has(name) ? name : `${name}=`, at), kind: "property" }));
}

const MOUNT_VALUES: Readonly<Record<string, readonly string[]>> = {
  type: MOUNT_TYPES,
  sharing: ["shared", "private", "locked"],
  required: ["true", "false"],
  target: [
    "/var/cache/apt",
    "/var/lib/apt",
    "/root/.cache/pip",
    "/root/.npm",
    "/root/.cache/go-build",
    "/go/pkg/mod",
  ],
  id: ["default"],
};
const BARE = new Set(["ro", "readonly", "rw", "readwrite", "required"]);

function value(label: string, range: OffsetRange): Completion {
  return { label, kind: "value", insert: label, isSnippet: false, range };
}
