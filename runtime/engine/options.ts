import { isIPv4 } from "node:net";
import { resolve } from "node:path";
import { EngineError } from "./error.ts";
import type { LogLevel } from "./log.ts";

export interface EngineOptions {
  /** Absolute. */
  readonly root: string;
  readonly socket: string;
  /** Asked before Docker Hub, in order. */
  readonly registryMirrors: readonly string[];
  /** Registries reached by HTTP or with certificates nobody vouches for. */
  readonly insecureRegistries: readonly string[];
  /** IPv4 address of this host where ports are published that name none; undefined for all addresses. */
  readonly publishIp: string | undefined;
  /** Programs below `bin` there are used where the system has none. */
  readonly tools: string | undefined;
  readonly logLevel: LogLevel;
}

export const defaultRoot = "/var/lib/berth";

const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export const engineUsage = `Usage:  berth engine [OPTIONS]

Runs the container engine in the foreground. It ends with SIGTERM or Ctrl-C; containers go on.

Options:
      --root DIR                  Where images, containers and volumes are kept (default ${defaultRoot})
      --socket PATH               Unix socket of the API (default /run/berth/berth.sock)
      --registry-mirror URL       Asked before Docker Hub; may be given several times
      --insecure-registry HOST    May be reached by HTTP; may be given several times
      --publish-ip IP             Where ports are published that name no address: 127.0.0.1 keeps them on this
                                  machine (default 0.0.0.0)
      --tools DIR                 Programs in DIR/bin are used where the system has none
      --log-level LEVEL           debug, info, warn or error (default info)
`;

/** Reads `--name VALUE` and `--name=VALUE`; undefined when help is asked for. Throws `invalid-argument`. */
export function parseEngineOptions(argv: readonly string[]): EngineOptions | undefined {
  let root = defaultRoot;
  let socket = "/run/berth/berth.sock";
  let tools: string | undefined;
  let publishIp: string | undefined;
  let logLevel: LogLevel = "info";
  const registryMirrors: string[] = [];
  const insecureRegistries: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--help" || word === "-h") return undefined;
    const [, flag = word, given] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const value = () => {
      const text = given ?? rest.shift();
      if (text === undefined || text === "") throw refused(`flag needs an argument: ${flag}`);
      return text;
    };
    if (flag === "--root") root = resolve(value());
    else if (flag === "--socket") socket = resolve(value());
    else if (flag === "--tools") tools = resolve(value());
    else if (flag === "--registry-mirror") registryMirrors.push(value());
    else if (flag === "--insecure-registry") insecureRegistries.push(value());
    else if (flag === "--publish-ip") publishIp = parseIpv4(flag, value());
    else if (flag === "--log-level") logLevel = parseLevel(value());
    else throw refused(flag.startsWith("-") ? `unknown flag: ${flag}` : `unexpected argument: ${word}`);
  }
  return { root, socket, registryMirrors, insecureRegistries, publishIp, tools, logLevel };
}

function parseIpv4(flag: string, text: string): string {
  if (isIPv4(text)) return text;
  throw refused(`invalid IPv4 address ${JSON.stringify(text)} of ${flag}`);
}

function parseLevel(text: string): LogLevel {
  const level = logLevels.find((each) => each === text);
  if (level === undefined) throw refused(`--log-level: "${text}" is not one of ${logLevels.join(", ")}`);
  return level;
}

function refused(message: string): EngineError {
  return new EngineError("invalid-argument", message);
}
