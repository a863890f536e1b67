import { type Command, command, forEachName } from "../command.ts";
import { number, onOff, text, UsageError } from "../command-line.ts";
import { confirm, forceFlag } from "../confirm.ts";
import { credentialsForImage } from "../credentials.ts";
import { filterFlag, parseFilters, pruneFilterFlag } from "../filter-flag.ts";
import { formatFlag, type Listing, printListing } from "../listing.ts";
import { showProgress } from "../progress.ts";
import { printSize } from "../units.ts";

const pull = command({
  name: "pull",
  summary: "Download an image from a registry",
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  examples: [
    ["pull nginx", "nginx:latest of Docker Hub, or of a mirror"],
    [
      "pull --platform linux/arm64 registry.example.com/team/app:1.2",
      "For another architecture, from elsewhere",
    ],
  ],
  flags: {
    "all-tags": onOff("Download all tags of the repository", "a"),
    platform: text("PLATFORM", "Platform of the image"),
    quiet: onOff("Only print the name", "q"),
  },
  words: [1, 1],
  run: async (flags, [name = ""], { client, env, signal, stdout }) => {
    const hasTag = /[:@][^/]*$/.test(name);
    if (flags["all-tags"] && hasTag) throw new UsageError("tag can't be used with --all-tags/-a");
    const auth = await credentialsForImage(name, env);
    const options = {
      platform: flags.platform,
      allTags: flags["all-tags"],
      ...(auth === undefined ? {} : { auth }),
    };
    const messages = client.images.pull(name, options, signal);
    if (flags.quiet) for await (const _message of messages);
    else await showProgress(messages, stdout, signal);
    stdout.write(`${name}\n`);
  },
});

const tag = command({
  name: "tag",
  summary: "Give an image another name",
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  examples: [["tag web registry.example.com/team/web:2", "The name to push it under"]],
  flags: {},
  words: [2, 2],
  run: (_flags, [source = "", target = ""], { client, signal }) => {
    const colon = target.lastIndexOf(":");
    const hasTag = colon > target.lastIndexOf("/");
    const [repository, name] = hasTag
      ? [target.slice(0, colon), target.slice(colon + 1)]
      : [target, "latest"];
    if (target.includes("@")) throw new UsageError("refusing to create a tag with a digest reference");
    return client.images.tag(source, repository, name, signal);
  },
});

const rmi = command({
  name: "rmi",
  summary: "Remove images",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  flags: {
    force: onOff("Remove it although a stopped container uses it", "f"),
    "no-prune": onOff("Keep untagged parents"),
  },
  words: [1, Number.POSITIVE_INFINITY],
  run: (flags, names, context) =>
    forEachName(names, context, async (name) => {
      const options = { force: flags.force, noPrune: flags["no-prune"] };
      for (const item of await context.client.images.remove(name, options, context.signal)) {
        const line = "Untagged" in item ? `Untagged: ${item.Untagged}` : `Deleted: ${item.Deleted}`;
        context.stdout.write(`${line}\n`);
      }
    }),
});

type SearchField = "Name" | "Description" | "StarCount" | "IsOfficial";

const searchListing: Listing<SearchField> = {
  titles: { Name: "NAME", Description: "DESCRIPTION", StarCount: "STARS", IsOfficial: "OFFICIAL" },
  columns: ["Name", "Description", "StarCount", "IsOfficial"],
};

/** `search`. */
export const searchCommand: Command = command({
  name: "search",
  summary: "Look for images in a registry",
  usage: "[OPTIONS] TERM",
  examples: [["search registry.example.com:5000/web", "In a registry of your own"]],
  flags: {
    filter: filterFlag,
    format: formatFlag,
    limit: number("N", "Most results"),
    "no-trunc": onOff("Do not shorten"),
  },
  words: [1, 1],
  run: async (flags, [term = ""], { client, env, signal, stdout }) => {
    const auth = await credentialsForImage(term, env);
    const found = await client.images.search(
      term,
      { limit: flags.limit, filters: parseFilters(flags.filter), ...(auth === undefined ? {} : { auth }) },
      signal,
    );
    const rows = found.map((each) => ({
      Name: each.name,
      Description:
        flags["no-trunc"] || each.description.length <= 45
          ? each.description
          : `${each.description.slice(0, 44)}…`,
      StarCount: String(each.star_count),
      IsOfficial: each.is_official ? "[OK]" : "",
    }));
    stdout.write(printListing(searchListing, rows, flags.format));
  },
});

/** Only as `image prune`. */
export const imagePrune = command({
  name: "prune",
  summary: "Remove images without a name",
  usage: "[OPTIONS]",
  flags: { all: onOff("Remove all that no container uses", "a"), filter: pruneFilterFlag, force: forceFlag },
  words: [0, 0],
  run: async (flags, _words, context) => {
    const what = flags.all ? "all images that no container uses" : "all images without a name";
    if (!(await confirm(flags.force, `This will remove ${what}.`, context))) return;
    const { client, signal, stdout } = context;
    const filters = { ...parseFilters(flags.filter), dangling: [flags.all ? "false" : "true"] };
    const answer = await client.images.prune(filters, signal);
    for (const item of answer.ImagesDeleted ?? []) {
      stdout.write("Untagged" in item ? `untagged: ${item.Untagged}\n` : `deleted: ${item.Deleted}\n`);
    }
    stdout.write(`Total reclaimed space: ${printSize(answer.SpaceReclaimed)}\n`);
  },
});

export const imageCommands: readonly Command[] = [pull, tag, rmi];
