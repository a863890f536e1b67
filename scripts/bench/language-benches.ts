import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import { COMPOSE_SCHEMA } from "../../runtime/model/lint/compose/schema/compose-schema.ts";
import { LanguageClient } from "./language-client.ts";
import { type Bench, measure, type Result } from "./measure.ts";
import { proportionalSetSize } from "./memory.ts";
import { runTimed } from "./program.ts";

/** Language servers are compared by absolute bounds in ms and MiB, so their results carry both. */
interface Server {
  readonly name: string;
  readonly argv: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
}

const peers = [
  "dockerfile-language-server-nodejs",
  "yaml-language-server",
  "@microsoft/compose-language-service",
];

/** Runs the language server's benches; the peers are installed by npm into the user's cache the first time. */
export async function measureLanguageServers(
  bundle: string,
  directory: string,
  signal: AbortSignal,
): Promise<readonly Result[]> {
  const modules = await installPeers(signal);
  const schema = join(directory, "compose-schema.json");
  await writeFile(schema, JSON.stringify(COMPOSE_SCHEMA));
  const yaml = { validate: true, schemaStore: { enable: false }, schemas: { [`file://${schema}`]: "*" } };
  const program = (path: string) => [join(modules, path), "--stdio"];
  const servers: readonly Server[] = [
    { name: "berth", argv: [bundle, "--stdio"], settings: {} },
    {
      name: "dockerfile-ls",
      argv: program("dockerfile-language-server-nodejs/bin/docker-langserver"),
      settings: {},
    },
    { name: "yaml-ls", argv: program("yaml-language-server/bin/yaml-language-server"), settings: { yaml } },
    {
      name: "compose-ls",
      argv: program("@microsoft/compose-language-service/bin/docker-compose-langserver"),
      settings: {},
    },
  ];
  const results: Result[] = [];
  for (const bench of languageBenches()) {
    const result = await measure(bench, servers, signal);
    // Each bound is of Berth's own time or size, whatever the peers need today.
    const value = result.failures.berth === undefined ? result.figures.berth?.[result.statistic] : undefined;
    const limit = limits[bench.name];
    const isMet = value === undefined || limit === undefined ? undefined : value <= limit;
    results.push({ ...result, bound: `≤ ${limit} ${bench.unit}`, isMet });
  }
  return results;
}

const limits: Readonly<Record<string, number>> = {
  "edit-dockerfile-300": 10,
  "edit-compose-5000": 50,
  "complete-dockerfile-300": 20,
  "start-to-diagnostics": 300,
  "memory-200-files": 120,
};

function languageBenches(): readonly Bench<Server>[] {
  const yamlPeers = ["yaml-ls", "compose-ls"];
  return [
    editing("edit-dockerfile-300", ["dockerfile-ls"], {
      ...{ uri: "file:///bench/Dockerfile", languageId: "dockerfile", text: dockerfile(300) },
      ...{ line: 150, texts: ["RUN echo changed", "RNU echo changed"] },
    }),
    completing("complete-dockerfile-300", ["dockerfile-ls"], {
      ...{ uri: "file:///bench/Dockerfile", languageId: "dockerfile", text: dockerfile(300) },
      ...{ line: 150, texts: ["RU", "COPY --"] },
    }),
    editing("edit-compose-5000", yamlPeers, {
      ...{ uri: "file:///bench/compose.yaml", languageId: "dockercompose", text: compose(5000) },
      ...{ line: 2501, texts: ["    image: nginx:1.27", "    imagine: nginx:1.27"] },
    }),
    {
      name: "start-to-diagnostics",
      unit: "ms",
      bound: undefined,
      against: ["dockerfile-ls", ...yamlPeers],
      samples: 10,
      sample: async ({ name, argv, settings }, _, signal) => {
        const start = performance.now();
        await using client = await LanguageClient.start(argv, settings);
        if (name === "dockerfile-ls")
          await client.open("file:///bench/Dockerfile", "dockerfile", dockerfile(50), signal);
        else await client.open("file:///bench/compose.yaml", "dockercompose", compose(50), signal);
        return performance.now() - start;
      },
    },
    {
      name: "memory-200-files",
      unit: "MiB",
      bound: undefined,
      against: [],
      samples: 1,
      sample: async ({ argv, settings }, _, signal) => {
        await using client = await LanguageClient.start(argv, settings);
        for (let file = 0; file < 100; file++) {
          await client.open(`file:///bench/${file}/Dockerfile`, "dockerfile", dockerfile(100), signal);
          await client.open(`file:///bench/${file}/compose.yaml`, "dockercompose", compose(100), signal);
        }
        return await proportionalSetSize(client.pid === undefined ? [] : [client.pid]);
      },
    },
  ];
}

interface Edit {
  readonly uri: string;
  readonly languageId: string;
  readonly text: string;
  readonly line: number;
  /** Put on the line in turn; the second is a mistake, so that what is published differs each time. */
  readonly texts: readonly [string, string];
}

/** From an edit to the diagnostics of that version. */
function editing(name: string, against: readonly string[], edit: Edit): Bench<Server> {
  return inOpenFile(name, against, edit, async (client, index, signal) => {
    const start = performance.now();
    await client.replaceLine(edit.uri, edit.line, edit.texts[Math.abs(index) % 2] ?? "", signal);
    return performance.now() - start;
  });
}

/** Completion behind a line that was just typed, while its diagnostics are being found. */
function completing(name: string, against: readonly string[], edit: Edit): Bench<Server> {
  return inOpenFile(name, against, edit, async (client, index, signal) => {
    const text = edit.texts[Math.abs(index) % 2] ?? "";
    const published = client.replaceLine(edit.uri, edit.line, text, signal);
    const start = performance.now();
    await client.complete(edit.uri, edit.line, text.length, signal);
    const took = performance.now() - start;
    await published;
    return took;
  });
}

function inOpenFile(
  name: string,
  against: readonly string[],
  edit: Edit,
  sample: (client: LanguageClient, index: number, signal: AbortSignal) => Promise<number>,
): Bench<Server> {
  const clients = new Map<string, LanguageClient>();
  return {
    ...{ name, unit: "ms", bound: undefined, against, samples: 40, statistic: "p95" },
    prepare: async (server, signal) => {
      const client = await LanguageClient.start(server.argv, server.settings);
      clients.set(server.name, client);
      await client.open(edit.uri, edit.languageId, edit.text, signal);
    },
    sample: async (server, index, signal) => {
      const client = clients.get(server.name);
      if (client === undefined) throw new Error("the server was not started");
      return await sample(client, index, signal);
    },
    cleanUp: async (server) => {
      await clients.get(server.name)?.[Symbol.asyncDispose]();
    },
  };
}

function dockerfile(lines: number): string {
  const steps = Array.from({ length: lines - 1 }, (_, at) =>
    at % 3 === 0
      ? `RUN echo ${at} && ls -la`
      : at % 3 === 1
        ? `ENV KEY${at}=value${at}`
        : `COPY file${at} /app/`,
  );
  return `${["FROM node:20", ...steps].join("\n")}\n`;
}

/** Five lines a service; line 1 is `services:`, and a service's second line is its image. */
function compose(lines: number): string {
  const services = Array.from({ length: Math.floor(lines / 5) }, (_, at) => [
    `  service-${at}:`,
    "    image: nginx:1.27",
    "    environment:",
    `      KEY: "${at}"`,
    "    restart: always",
  ]);
  return `${["services:", ...services.flat()].join("\n")}\n`;
}

async function installPeers(signal: AbortSignal): Promise<string> {
  const home = join(
    process.env.XDG_CACHE_HOME ?? join(os.homedir(), ".cache"),
    "berth-bench-language-servers",
  );
  const modules = join(home, "node_modules");
  if (peers.every((name) => existsSync(join(modules, name)))) return modules;
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "package.json"), '{"private":true}\n');
  await runTimed(
    { argv: ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", home, ...peers] },
    signal,
  );
  return modules;
}
