import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { packContext } from "../../api/context-tar.ts";
import { compileDockerignore, parseDockerignore } from "../../model/dockerfile/dockerignore.ts";
import { type Command, type CommandContext, command } from "../command.ts";
import { list, onOff, text, UsageError } from "../command-line.ts";
import { showProgress } from "../progress.ts";
import { pairs } from "../request-values.ts";

/** `build`. */
export const buildCommand: Command = command({
  name: "build",
  summary: "Build an image from a Dockerfile",
  usage: "[OPTIONS] PATH",
  flags: {
    "add-host": list("HOST:IP", "Add a host-to-IP mapping"),
    "build-arg": list("NAME[=VALUE]", "Set a build-time variable"),
    file: text(
      "FILE",
      "Name of the Dockerfile (default PATH/Dockerfile); - reads it from standard input",
      "f",
    ),
    label: list("NAME=VALUE", "Set a label"),
    network: text("MODE", "Network of RUN instructions"),
    "no-cache": onOff("Do not use the cache"),
    platform: text("PLATFORM", "Platform of the image"),
    pull: onOff("Pull newer base images"),
    quiet: onOff("Only print the image's id", "q"),
    tag: list("NAME[:TAG]", "Name of the image", "t"),
    target: text("STAGE", "Stage to build"),
  },
  words: [1, 1],
  run: async (flags, [path = ""], context) => {
    const { client, signal, stdout } = context;
    if (path === "-" || /^https?:|^git/.test(path)) {
      throw new UsageError(`cannot build from "${path}": only a directory can be the build context`);
    }
    const { dockerfile, tar } = await openContext(resolve(context.cwd, path), flags.file, context);
    const messages = client.images.build(
      tar,
      {
        dockerfile,
        tags: flags.tag,
        buildArgs: buildArguments(flags["build-arg"], context.env),
        labels: pairs(flags.label),
        target: flags.target,
        noCache: flags["no-cache"],
        pull: flags.pull,
        quiet: flags.quiet,
        networkMode: flags.network,
        platform: flags.platform,
        extraHosts: flags["add-host"],
      },
      signal,
    );
    await showProgress(messages, stdout, signal);
  },
});

/** `NAME` alone takes the value around us. */
function buildArguments(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | null> {
  return Object.fromEntries(
    texts.map((each) => {
      const at = each.indexOf("=");
      return at < 0 ? [each, env[each] ?? null] : [each.slice(0, at), each.slice(at + 1)];
    }),
  );
}

async function openContext(directory: string, file: string | undefined, context: CommandContext) {
  const path = file === undefined ? resolve(directory, "Dockerfile") : resolve(context.cwd, file);
  const inside = relative(directory, path).split(sep).join("/");
  const isInside = file !== "-" && !inside.startsWith("../");
  const content = file === "-" ? await buffer(context.stdin) : await readFile(path);
  // A Dockerfile from elsewhere travels under a name that no file of the context has.
  const dockerfile = isInside ? inside : `.dockerfile.${randomBytes(8).toString("hex")}`;
  const matcher = compileDockerignore(parseDockerignore(await readIgnoreFile(directory, path)));
  // The engine needs these two whatever the ignore file says.
  const needed = new Set([dockerfile, ".dockerignore"]);
  const tar = packContext(directory, {
    ignore: (each) => !needed.has(each) && matcher.ignores(each),
    mayKeepBelow: (each) => matcher.mayKeepBelow(each) || dockerfile.startsWith(`${each}/`),
    extraFile: isInside ? undefined : { name: dockerfile, content },
    signal: context.signal,
  });
  return { dockerfile, tar };
}

/** `NAME.dockerignore` beside the Dockerfile goes before the one of the context. */
async function readIgnoreFile(directory: string, dockerfile: string): Promise<string> {
  for (const path of [`${dockerfile}.dockerignore`, resolve(directory, ".dockerignore")]) {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  return "";
}
