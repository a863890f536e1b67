import { existsSync } from "node:fs";
import path from "node:path";
import type * as vscode from "vscode";
import type { Connection } from "./connections/connection.ts";
import { EngineConnection } from "./connections/engine-connection.ts";
import { openLocalEngine } from "./connections/local.ts";
import { openSocket } from "./connections/socket.ts";
import { openSshHost } from "./connections/ssh.ts";
import { configuredList, configuredText } from "./settings.ts";
import { sshQuestions } from "./ssh-questions.ts";

const defaultRoot = "/var/lib/berth";
const defaultSocket = "/run/berth/berth.sock";

/** Makes connections from the settings; none is started. */
export interface ConnectionFactory {
  readonly local: () => Connection;
  readonly ssh: (target: string) => Connection;
  readonly socket: (path: string) => Connection;
}

/** `engineLog` gets what the engines print, `log` what the connections do. */
export function createConnectionFactory(
  extension: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  engineLog: vscode.OutputChannel,
): ConnectionFactory {
  const bundle = extension.asAbsolutePath("dist/berth.cjs");
  const nodes = () => nodeCandidates(extension);
  const shared = { log: (line: string) => log.info(line) };
  return {
    local: () => {
      const readOptions = () => ({
        bundle,
        nodes: nodes(),
        root: configuredText("engine.root") ?? process.env.BERTH_ROOT ?? defaultRoot,
        socket: configuredText("engine.socket") ?? environmentSocket() ?? defaultSocket,
        registryMirrors: configuredList("engine.registryMirrors"),
        insecureRegistries: configuredList("engine.insecureRegistries"),
        publishIp: configuredText("engine.publishIp"),
        log: (line: string) => engineLog.appendLine(line),
      });
      const open = openLocalEngine(readOptions);
      return new EngineConnection({ id: "local", label: "This machine", kind: "local", open, ...shared });
    },
    ssh: (target) => {
      const readSettings = () => ({
        remoteRoot: configuredText("ssh.remoteRoot") ?? "~/.berth",
        configFile: configuredText("ssh.configFile"),
        bundle,
        node: uploadableNode(nodes()),
      });
      const open = openSshHost({ target, prompts: sshQuestions, readSettings, ...shared });
      return new EngineConnection({ id: `ssh:${target}`, label: target, kind: "ssh", open, ...shared });
    },
    socket: (file) => {
      const label = path.basename(file) === "docker.sock" ? "Docker" : file;
      return new EngineConnection({
        id: `socket:${file}`,
        label,
        kind: "socket",
        open: openSocket(file),
        ...shared,
      });
    },
  };
}

/** As the `berth` command reads it: the engine that whoever started the editor means. */
function environmentSocket(): string | undefined {
  const { BERTH_SOCKET, BERTH_HOST } = process.env;
  return BERTH_SOCKET ?? (BERTH_HOST?.startsWith("unix://") ? BERTH_HOST.slice("unix://".length) : undefined);
}

/** Where a Node new enough for the engine may be, best first: the setting, the development tree's, the one that runs us, the one on PATH. */
function nodeCandidates(extension: vscode.ExtensionContext): readonly (string | undefined)[] {
  const onPath = (process.env.PATH ?? "")
    .split(path.delimiter)
    .map((directory) => path.join(directory, "node"))
    .find((file) => existsSync(file));
  return [
    configuredText("engine.nodePath"),
    extension.asAbsolutePath("node_modules/node/bin/node"),
    process.execPath,
    onPath,
  ];
}

/** Electron is no Node that another machine could run. */
function uploadableNode(candidates: readonly (string | undefined)[]): string | undefined {
  return candidates.find(
    (file) =>
      file !== undefined &&
      existsSync(file) &&
      !(file === process.execPath && process.versions.electron !== undefined),
  );
}
