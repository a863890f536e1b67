import type { ContainerConfig, HealthConfig } from "../../api/types/container.ts";
import type { Lookup } from "../../model/dockerfile/expand.ts";
import type {
  CommandForm,
  EnvInstruction,
  HealthcheckInstruction,
  Instruction,
  LabelInstruction,
  WordsInstruction,
} from "../../model/dockerfile/types.ts";
import { isSignal } from "../../model/lint/signals.ts";
import { EngineError } from "../error.ts";
import { parseDuration } from "./duration.ts";
import { printHealthcheck, printList } from "./history-text.ts";
import { envMap, expand, expandList } from "./variables.ts";

/** What an instruction that only changes the image's configuration makes of it. */
export interface MetadataChange {
  readonly config: ContainerConfig;
  readonly author?: string;
  /** The variables that ENV sets. */
  readonly environment?: readonly (readonly [name: string, value: string])[];
  /** CMD was set: a later ENTRYPOINT of the stage leaves it. */
  readonly setsCmd?: boolean;
  /** The instruction with variables expanded, for cache key and history: in the words of Docker's, which tools read. */
  readonly text: string;
}

export interface MetadataScope {
  readonly config: ContainerConfig;
  readonly hasOwnCmd: boolean;
  readonly lookup: Lookup;
  readonly escape: string;
}

const defaultShell = ["/bin/sh", "-c"] as const;

/** The words that run a command line: SHELL's, or `/bin/sh -c`. */
export function shellOf(config: ContainerConfig): readonly string[] {
  return config.Shell ?? defaultShell;
}

/** The words of a command: exec form as it is, shell form behind the shell. */
export function commandWords(command: CommandForm, config: ContainerConfig): readonly string[] {
  return command.form === "exec"
    ? command.words.map((word) => word.value)
    : [...shellOf(config), command.text];
}

/** Undefined for instructions that do more than change the configuration. Throws `invalid-argument`. */
export function applyMetadata(instruction: Instruction, scope: MetadataScope): MetadataChange | undefined {
  const { config } = scope;
  switch (instruction.name) {
    case "ENV":
      return applyEnv(instruction, scope);
    case "LABEL":
      return applyLabel(instruction, scope);
    case "CMD": {
      const words = commandWords(instruction.command, config);
      return {
        config: { ...config, Cmd: words, ArgsEscaped: true },
        setsCmd: true,
        text: `CMD ${printList(words)}`,
      };
    }
    case "ENTRYPOINT": {
      const words = commandWords(instruction.command, config);
      const Entrypoint = words.length === 0 ? null : words;
      const Cmd = scope.hasOwnCmd ? config.Cmd : null;
      return { config: { ...config, Entrypoint, Cmd }, text: `ENTRYPOINT ${printList(words)}` };
    }
    case "HEALTHCHECK":
      return applyHealthcheck(instruction, scope);
    case "ONBUILD": {
      const bodies = instruction.heredocs.map(({ content, name }) => `\n${content}${name}`);
      const trigger = instruction.argumentText + bodies.join("");
      return {
        config: { ...config, OnBuild: [...(config.OnBuild ?? []), trigger] },
        text: `ONBUILD ${trigger}`,
      };
    }
    case "EXPOSE":
    case "USER":
    case "VOLUME":
    case "STOPSIGNAL":
    case "SHELL":
    case "MAINTAINER":
      return applyWords({ ...instruction, name: instruction.name }, scope);
    default:
      return undefined;
  }
}

function applyWords(instruction: WordsInstruction, scope: MetadataScope): MetadataChange {
  const { config } = scope;
  const words = instruction.words.map((word) => expand(word.raw, scope.lookup, scope));
  const [first = ""] = words;
  switch (instruction.name) {
    case "EXPOSE": {
      const ports = instruction.words.flatMap((word) =>
        expandList(word.raw, scope.lookup, scope).flatMap(portsOf),
      );
      const added = Object.fromEntries(ports.map((port) => [port, {}]));
      const shown = Object.keys(added)
        .sort()
        .map((port) => `${port}:{}`);
      const ExposedPorts = { ...config.ExposedPorts, ...added };
      return { config: { ...config, ExposedPorts }, text: `EXPOSE map[${shown.join(" ")}]` };
    }
    case "VOLUME": {
      if (words.includes(""))
        throw new EngineError("invalid-argument", "VOLUME specified can not be an empty string");
      const Volumes = { ...config.Volumes, ...Object.fromEntries(words.map((path) => [path, {}])) };
      return { config: { ...config, Volumes }, text: `VOLUME [${words.join(" ")}]` };
    }
    case "USER":
      return { config: { ...config, User: first }, text: `USER ${first}` };
    case "STOPSIGNAL":
      if (!isSignal(first)) throw new EngineError("invalid-argument", `invalid signal: ${first}`);
      return { config: { ...config, StopSignal: first }, text: `STOPSIGNAL ${first}` };
    case "SHELL": {
      const Shell = instruction.words.map((word) => word.value);
      return { config: { ...config, Shell }, text: `SHELL [${Shell.join(" ")}]` };
    }
    default: {
      const author = instruction.words[0]?.value ?? "";
      return { config, author, text: `MAINTAINER ${author}` };
    }
  }
}

function applyEnv({ pairs }: EnvInstruction, scope: MetadataScope): MetadataChange {
  const env = envMap(scope.config.Env);
  // All values see the environment before the instruction.
  const environment = pairs.map(({ key, value }): [string, string] => [
    expand(key.raw, scope.lookup, scope),
    expand(value?.raw ?? "", scope.lookup, scope),
  ]);
  for (const [name, value] of environment) env.set(name, value);
  const Env = [...env].map(([name, value]) => `${name}=${value}`);
  const text = `ENV ${environment.map(([name, value]) => `${name}=${value}`).join(" ")}`;
  return { config: { ...scope.config, Env }, environment, text };
}

function applyLabel({ pairs }: LabelInstruction, scope: MetadataScope): MetadataChange {
  const added = pairs.map(({ key, value }): [string, string] => [
    expand(key.raw, scope.lookup, scope),
    expand(value?.raw ?? "", scope.lookup, scope),
  ]);
  const Labels = { ...scope.config.Labels, ...Object.fromEntries(added) };
  const text = `LABEL ${added.map(([name, value]) => `${name}=${value}`).join(" ")}`;
  return { config: { ...scope.config, Labels }, text };
}

function applyHealthcheck(instruction: HealthcheckInstruction, scope: MetadataScope): MetadataChange {
  const { command } = instruction;
  if (command === undefined) {
    return {
      config: { ...scope.config, Healthcheck: { Test: ["NONE"] } },
      text: printHealthcheck({ Test: ["NONE"] }),
    };
  }
  const Test =
    command.form === "exec"
      ? ["CMD", ...command.words.map((word) => word.value)]
      : ["CMD-SHELL", command.text];
  const flag = (name: string) => instruction.flags.find((item) => item.name === name)?.value;
  const Healthcheck: HealthConfig = {
    Test,
    ...durationFlag("Interval", "interval", flag("interval")),
    ...durationFlag("Timeout", "timeout", flag("timeout")),
    ...durationFlag("StartPeriod", "start-period", flag("start-period")),
    ...durationFlag("StartInterval", "start-interval", flag("start-interval")),
    ...retriesFlag(flag("retries")),
  };
  return { config: { ...scope.config, Healthcheck }, text: printHealthcheck(Healthcheck) };
}

function durationFlag(field: keyof HealthConfig, name: string, text: string | undefined): HealthConfig {
  if (text === undefined) return {};
  const nanos = parseDuration(text);
  if (nanos === undefined) {
    throw new EngineError("invalid-argument", `HEALTHCHECK --${name}: invalid duration "${text}"`);
  }
  if (nanos !== 0 && nanos < 1e6) {
    throw new EngineError("invalid-argument", `Interval "${name}" cannot be less than 1ms`);
  }
  return nanos === 0 ? {} : { [field]: nanos };
}

function retriesFlag(text: string | undefined): HealthConfig {
  if (text === undefined) return {};
  if (!/^\d{1,9}$/.test(text)) {
    throw new EngineError("invalid-argument", `--retries must be at least 0 (not ${text})`);
  }
  return Number(text) === 0 ? {} : { Retries: Number(text) };
}

/** `80`, `80/udp`, `8000-8002/tcp`; an address in front (`host:container`) is dropped as Docker does. */
function portsOf(text: string): string[] {
  const match = /^(?:.*:)?(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text);
  const first = Number(match?.[1]);
  const last = match?.[2] === undefined ? first : Number(match[2]);
  if (match === null || last < first || last > 65535) {
    throw new EngineError("invalid-argument", `invalid containerPort: ${text}`);
  }
  const protocol = (match[3] ?? "tcp").toLowerCase();
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}
