import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import { parseShell, type ShellSource } from "../../../runtime/model/lint/shell.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Completion } from "../feature.ts";

/** Programs that builds run, with their subcommands and the options worth offering. */
const PROGRAMS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "apt-get",
    ["update", "install -y --no-install-recommends", "upgrade", "purge -y", "autoremove -y", "clean"],
  ],
  ["apk", ["add --no-cache", "del", "update", "upgrade"]],
  ["dnf", ["install -y", "clean all", "update -y", "--setopt=install_weak_deps=False"]],
  ["microdnf", ["install -y", "clean all", "update -y"]],
  ["yum", ["install -y", "clean all", "update -y"]],
  ["zypper", ["--non-interactive install", "clean --all", "refresh"]],
  ["npm", ["ci", "install", "run build", "prune --omit=dev", "cache clean --force", "test"]],
  ["pnpm", ["install --frozen-lockfile", "run build", "prune --prod", "fetch"]],
  ["yarn", ["install --frozen-lockfile", "build", "cache clean"]],
  ["pip", ["install --no-cache-dir", "install --no-cache-dir -r requirements.txt", "wheel"]],
  ["pip3", ["install --no-cache-dir", "install --no-cache-dir -r requirements.txt"]],
  ["uv", ["sync --frozen", "pip install --system", "venv"]],
  ["poetry", ["install --no-root --only main", "export"]],
  ["bundle", ["install", "config set --local without development"]],
  ["gem", ["install --no-document"]],
  ["composer", ["install --no-dev --optimize-autoloader"]],
  ["go", ["build -o /out/app ./...", "mod download", "install", "test ./...", "generate ./..."]],
  ["cargo", ["build --release", "fetch --locked", "install --locked", "test"]],
  ["mvn", ["-B package -DskipTests", "-B dependency:go-offline"]],
  ["gradle", ["--no-daemon build", "--no-daemon dependencies"]],
  ["dotnet", ["restore", "publish -c Release -o /app", "build -c Release"]],
  ["curl", ["-fsSL", "-fsSLO", "--retry 3"]],
  ["wget", ["-qO-", "--progress=dot:giga"]],
  ["git", ["clone --depth=1", "config --global", "submodule update --init"]],
  ["tar", ["-xzf", "-xJf", "-czf", "--strip-components=1"]],
  ["useradd", ["--create-home --shell /bin/bash", "--system --no-log-init", "-l -u 1000"]],
  ["adduser", ["-D", "-S", "--disabled-password"]],
  ["groupadd", ["--system", "-g 1000"]],
  ["addgroup", ["-S", "-g 1000"]],
  ["rm", ["-rf /var/lib/apt/lists/*", "-rf", "-f"]],
  ["mkdir", ["-p"]],
  ["chown", ["-R"]],
  ["chmod", ["+x", "-R"]],
  ["ln", ["-s", "-sf"]],
  ["set", ["-eux", "-o pipefail", "-e"]],
  ["make", ['-j"$(nproc)"', "install"]],
  ...[
    "cat",
    "cd",
    "cp",
    "echo",
    "find",
    "install",
    "mv",
    "printf",
    "python3",
    "node",
    "sed",
    "sha256sum -c",
    "unzip",
  ].map((name): readonly [string, readonly string[]] => [name, []]),
]);

/** Shell words at the offset in a RUN or in the body of its heredoc: programs where a command begins, else what follows. */
export function completeShell(
  tree: Dockerfile,
  instruction: Instruction,
  offset: number,
): readonly Completion[] {
  const source = sourceAt(tree, instruction, offset);
  if (source === undefined) return [];
  let start = offset;
  while (start > source.range.start && /[\w./-]/.test(tree.text[start - 1]!)) start--;
  const range = { start, end: offset };
  const commands = parseShell({ ...source, range: { start: source.range.start, end: start } });
  const last = commands.at(-1);
  const isOpen =
    last !== undefined && last.after === "" && endsInCommand(tree.text, source.range.start, start);
  if (!isOpen) return [...PROGRAMS.keys()].map((name) => word(name, "function", range));
  const options = PROGRAMS.get(last.program) ?? [];
  if (last.words.length > 1) return [];
  return options.map((one) => word(one, "value", range));
}

/** Behind an operator or a line break a new command begins. */
function endsInCommand(text: string, start: number, end: number): boolean {
  return !/(?:[;|&(\n]|\b(?:then|do|else))[ \t]*(?:\\\r?\n[ \t]*)*$/.test(
    text.slice(Math.max(start, end - 200), end).replace(/\\\r?\n[ \t]*$/, ""),
  );
}

function sourceAt(tree: Dockerfile, instruction: Instruction, offset: number): ShellSource | undefined {
  const run = instruction.name === "ONBUILD" ? instruction.trigger : instruction;
  if (run?.name !== "RUN" || run.command.form === "exec") return undefined;
  const body = run.heredocs.find(({ bodyRange }) => bodyRange.start <= offset && offset <= bodyRange.end);
  if (body !== undefined) {
    const head = tree.text.slice(run.keyword.range.end, body.range.start).trim();
    const isShell = /^#!/.test(body.content)
      ? /^#!.*sh\b/.test(body.content)
      : head === "" || /\b(?:ba|da|a)?sh\b/.test(head);
    return isShell
      ? { text: tree.text, range: body.bodyRange, escape: tree.escape, kind: "script" }
      : undefined;
  }
  if (offset < run.command.range.start) return undefined;
  const range: OffsetRange = { start: run.command.range.start, end: offset };
  return { text: tree.text, range, escape: tree.escape, kind: "instruction" };
}

function word(label: string, kind: Completion["kind"], range: OffsetRange): Completion {
  return { label, kind, insert: label, isSnippet: false, range, sort: `5${label}` };
}
