import type { EngineClient } from "../api/engine-client.ts";
import { commands, globalFlags, groups, others } from "./catalog.ts";
import type { Command } from "./command.ts";
import { type Flag, type Flags, UsageError } from "./command-line.ts";
import { composeCommands } from "./compose-commands.ts";

// A shell gives us the words so far and the one being typed; it gets one candidate per line, with a tab and what it
// means. A first line of its own tells it to complete files. The scripts stay short: all knowledge is here.

interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** In place of candidates: the shell completes names of files. */
const files = ":files";

/** Candidates for the last of `words`, which may be empty. Silent when no engine answers. */
export async function complete(
  words: readonly string[],
  client: EngineClient,
  signal: AbortSignal,
): Promise<string> {
  const place = findPlace(words.slice(0, -1));
  const typed = words.at(-1) ?? "";
  const found = await candidatesAt(place, typed, client, signal);
  if (found === files) return `${files}\n`;
  return found
    .filter(({ word }) => word.startsWith(typed))
    .map(({ word, meaning }) => `${word}\t${meaning}\n`)
    .join("");
}

/** What completion reads of a command; Compose's commands have it too. */
type Topic = Pick<Command, "name" | "usage" | "flags">;

interface Place {
  readonly flags: Flags;
  /** What may stand here besides flags. */
  readonly names: readonly { readonly name: string; readonly summary: string }[];
  readonly command: Topic | undefined;
  /** The command's words so far. */
  readonly position: number;
  /** The flag whose value comes next. */
  readonly pending: Flag<unknown> | undefined;
}

/** Walks through what is already there, as the command line's own reader would. */
function findPlace(before: readonly string[]): Place {
  let table: readonly Topic[] = commands;
  let place: Place = {
    flags: globalFlags,
    names: [...commands, ...groups, ...others],
    command: undefined,
    position: 0,
    pending: undefined,
  };
  for (const word of before) {
    if (place.pending !== undefined) place = { ...place, pending: undefined };
    else if (word.startsWith("-") && word !== "-")
      place = { ...place, pending: flagNeedingValue(word, place.flags) };
    else if (place.command !== undefined) place = { ...place, position: place.position + 1 };
    else {
      const group = table === commands ? groups.find(({ name }) => name === word) : undefined;
      const command = table.find(({ name }) => name === word);
      if (group !== undefined) {
        table = group.commands;
        place = { ...place, names: group.commands, flags: {} };
      } else if (word === "compose" && table === commands) {
        table = composeCommands;
        place = { ...place, names: composeCommands, flags: {} };
      } else if (command !== undefined) place = { ...place, command, flags: command.flags, names: [] };
      else return { ...place, names: [], flags: {} };
    }
  }
  return place;
}

function flagNeedingValue(word: string, flags: Flags): Flag<unknown> | undefined {
  if (word.includes("=")) return undefined;
  const short = word.at(-1) ?? "";
  const flag = word.startsWith("--")
    ? flags[word.slice(2)]
    : Object.values(flags).find((each) => each.short === short);
  return flag === undefined || flag.kind === "switch" ? undefined : flag;
}

async function candidatesAt(
  place: Place,
  typed: string,
  client: EngineClient,
  signal: AbortSignal,
): Promise<readonly Candidate[] | typeof files> {
  if (place.pending !== undefined) return await valuesOf(place.pending.placeholder ?? "", client, signal);
  if (typed.startsWith("-")) {
    return Object.entries(place.flags).map(([name, flag]) => ({ word: `--${name}`, meaning: flag.help }));
  }
  if (place.command === undefined) {
    return place.names.map(({ name, summary }) => ({ word: name, meaning: summary }));
  }
  return await valuesOf(wordAt(place.command.usage, place.position), client, signal);
}

/** The name that stands for the word at `position` in a usage such as `[OPTIONS] NETWORK CONTAINER`. */
function wordAt(usage: string, position: number): string {
  const names = usage.replace("[OPTIONS]", "").match(/[A-Z][A-Z_]*/g) ?? [];
  return names[position] ?? (usage.includes("...") ? (names.at(-1) ?? "") : "");
}

const words: Readonly<Record<string, readonly string[]>> = {
  POLICY: ["no", "always", "unless-stopped", "on-failure"],
  WHEN: ["always", "missing", "never"],
  STREAM: ["stdin", "stdout", "stderr"],
  SIGNAL: ["HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "STOP", "CONT", "WINCH"],
  PLATFORM: ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386"],
  TYPE: ["container", "image", "volume", "network"],
  FORMAT: ["table", "json"],
  TEMPLATE: ["json"],
  CAPABILITY: ["ALL", "NET_ADMIN", "NET_RAW", "SYS_ADMIN", "SYS_PTRACE", "SYS_TIME"],
};

async function valuesOf(
  placeholder: string,
  client: EngineClient,
  signal: AbortSignal,
): Promise<readonly Candidate[] | typeof files> {
  const name = placeholder.replace(/[^A-Z_].*$/, "");
  const fixed = words[name];
  if (fixed !== undefined) return fixed.map((word) => ({ word, meaning: "" }));
  if (["FILE", "PATH", "DIRECTORY", "MOUNT"].includes(name)) return files;
  try {
    return await namesOf(name, client, AbortSignal.any([signal, AbortSignal.timeout(2000)]));
  } catch {
    // Nobody asked for an error while typing.
    return [];
  }
}

async function namesOf(
  kind: string,
  client: EngineClient,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  switch (kind) {
    case "CONTAINER":
      return (await client.containers.list({ all: true }, signal)).flatMap(({ Names, Image, Status }) =>
        Names.map((name) => ({ word: name.replace(/^\//, ""), meaning: `${Image}, ${Status}` })),
      );
    case "IMAGE":
    case "SOURCE_IMAGE":
      return (await client.images.list({}, signal)).flatMap(({ RepoTags }) =>
        (RepoTags ?? []).flatMap((tag) => [
          { word: tag, meaning: "" },
          ...(tag.endsWith(":latest") ? [{ word: tag.slice(0, -":latest".length), meaning: "" }] : []),
        ]),
      );
    case "VOLUME":
      return (await client.volumes.list({}, signal)).map(({ Name, Driver }) => ({
        word: Name,
        meaning: Driver,
      }));
    case "NETWORK":
      return (await client.networks.list({}, signal)).map(({ Name, Driver }) => ({
        word: Name,
        meaning: Driver,
      }));
    case "OBJECT":
      return (
        await Promise.all(
          ["CONTAINER", "IMAGE", "VOLUME", "NETWORK"].map((each) => namesOf(each, client, signal)),
        )
      ).flat();
    default:
      return [];
  }
}

const scripts: Readonly<Record<string, string>> = {
  bash: `_berth() {
  local IFS=$'\\n' line current="\${COMP_LINE:0:COMP_POINT}" words
  # bash breaks words at colons; images have them.
  IFS=' ' read -r -a words <<< "$current"
  [[ $current == *' ' ]] && words+=('')
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      compopt -o default
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(berth __complete "\${words[@]:1}" 2>/dev/null)
  local typed="\${words[-1]}"
  if [[ $typed == *:* ]]; then
    local prefix="\${typed%"\${typed##*:}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -F _berth berth
`,
  zsh: `#compdef berth
_berth() {
  local line out
  local -a candidates
  out=("\${(@f)$(berth __complete "\${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)}")
  for line in $out; do
    if [[ $line == ':files' ]]; then
      _files
      return
    fi
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe berth candidates
}
compdef _berth berth
`,
  fish: `function __berth_complete
  set -l found (berth __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test "$found[1]" = ':files'
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c berth -f -a '(__berth_complete)'
`,
};

/** `berth completion SHELL`. Throws `UsageError` for a shell that is not known. */
export function completionScript([shell = "", ...more]: readonly string[]): string {
  if (shell === "--help" || shell === "") {
    return (
      "Usage:  berth completion bash|zsh|fish\n\nPrint what makes a shell complete these commands\n\nExamples:\n" +
      "  berth completion bash > /etc/bash_completion.d/berth\n  source <(berth completion zsh)\n" +
      "  berth completion fish > ~/.config/fish/completions/berth.fish\n"
    );
  }
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined || more.length > 0) {
    throw new UsageError(`cannot complete for "${[shell, ...more].join(" ")}": use bash, zsh or fish`);
  }
  return script;
}
