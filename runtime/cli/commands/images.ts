import type { ImageSummary } from "../../api/types/image.ts";
import { type Command, command, forEachName } from "../command.ts";
import { onOff, text, UsageError } from "../command-line.ts";
import { credentialsForImage } from "../credentials.ts";
import { filterFlag, parseFilters } from "../filter-flag.ts";
import { showProgress } from "../progress.ts";
import { printTable } from "../table.ts";
import { compileTemplate } from "../template.ts";
import { printAge, printSize, shortId } from "../units.ts";

const many = [1, Number.POSITIVE_INFINITY] as const;

const images = command({
  name: "images",
  summary: "List images",
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  flags: {
    all: onOff("Show all images", "a"),
    filter: filterFlag,
    format: text("TEMPLATE", "Print each with a template"),
    "no-trunc": onOff("Do not shorten"),
    quiet: onOff("Only print ids", "q"),
  },
  words: [0, 1],
  run: async (flags, [reference], { client, signal, stdout }) => {
    const filters = parseFilters(flags.filter);
    const named = reference === undefined ? filters : { ...filters, reference: [reference] };
    const list = await client.images.list({ all: flags.all, filters: named }, signal);
    const rows = list.flatMap((image) => imageRows(image, flags["no-trunc"]));
    if (flags.quiet) {
      stdout.write([...new Set(rows.map((row) => `${row.ID}\n`))].join(""));
      return;
    }
    if (flags.format !== undefined && !flags.format.startsWith("table")) {
      const print = compileTemplate(flags.format);
      stdout.write(rows.map((row) => `${print(row)}\n`).join(""));
      return;
    }
    stdout.write(
      printTable(
        ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"],
        rows.map((row) => [row.Repository, row.Tag, row.ID, row.CreatedSince, row.Size]),
      ),
    );
  },
});

function imageRows(image: ImageSummary, whole: boolean) {
  const tags = image.RepoTags?.length ? image.RepoTags : ["<none>:<none>"];
  return tags.map((reference) => {
    const colon = reference.lastIndexOf(":");
    return {
      Repository: reference.slice(0, colon),
      Tag: reference.slice(colon + 1),
      ID: whole ? image.Id : shortId(image.Id),
      CreatedAt: new Date(image.Created * 1000).toISOString(),
      CreatedSince: printAge(image.Created, Date.now()),
      Size: printSize(image.Size),
    };
  });
}

const pull = command({
  name: "pull",
  summary: "Download an image from a registry",
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  flags: { platform: text("PLATFORM", "Platform of the image"), quiet: onOff("Only print the name", "q") },
  words: [1, 1],
  run: async ({ platform, quiet }, [name = ""], { client, env, signal, stdout }) => {
    const auth = await credentialsForImage(name, env);
    const messages = client.images.pull(name, { platform, ...(auth === undefined ? {} : { auth }) }, signal);
    if (quiet) for await (const _message of messages);
    else await showProgress(messages, stdout, signal);
    stdout.write(`${name}\n`);
  },
});

const tag = command({
  name: "tag",
  summary: "Give an image another name",
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
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
    force: onOff("Remove it although a container uses it", "f"),
    "no-prune": onOff("Keep untagged parents"),
  },
  words: many,
  run: (flags, names, context) =>
    forEachName(names, context, async (name) => {
      const options = { force: flags.force, noPrune: flags["no-prune"] };
      for (const item of await context.client.images.remove(name, options, context.signal)) {
        const line = "Untagged" in item ? `Untagged: ${item.Untagged}` : `Deleted: ${item.Deleted}`;
        context.stdout.write(`${line}\n`);
      }
    }),
});

const history = command({
  name: "history",
  summary: "Show how an image was made",
  usage: "[OPTIONS] IMAGE",
  flags: { "no-trunc": onOff("Do not shorten"), quiet: onOff("Only print ids", "q") },
  words: [1, 1],
  run: async (flags, [name = ""], { client, signal, stdout }) => {
    const whole = flags["no-trunc"];
    const items = await client.images.history(name, signal);
    const id = (text: string) => (whole || !text.startsWith("sha256:") ? text : shortId(text));
    if (flags.quiet) {
      stdout.write(items.map((item) => `${id(item.Id)}\n`).join(""));
      return;
    }
    const rows = items.map((item) => {
      const by = item.CreatedBy.length > 45 && !whole ? `${item.CreatedBy.slice(0, 44)}…` : item.CreatedBy;
      return [id(item.Id), printAge(item.Created, Date.now()), by, printSize(item.Size), item.Comment];
    });
    stdout.write(printTable(["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"], rows));
  },
});

const prune = command({
  name: "prune",
  summary: "Remove images without a name",
  usage: "[OPTIONS]",
  flags: {
    all: onOff("Remove all that no container uses", "a"),
    filter: filterFlag,
    force: onOff("Accepted for docker's sake: nothing is asked", "f"),
  },
  words: [0, 0],
  run: async (flags, _words, { client, signal, stdout }) => {
    const filters = { ...parseFilters(flags.filter), dangling: [flags.all ? "false" : "true"] };
    const answer = await client.images.prune(filters, signal);
    for (const item of answer.ImagesDeleted ?? []) {
      stdout.write("Untagged" in item ? `untagged: ${item.Untagged}\n` : `deleted: ${item.Deleted}\n`);
    }
    stdout.write(`Total reclaimed space: ${printSize(answer.SpaceReclaimed)}\n`);
  },
});

export const imageCommands: readonly Command[] = [images, pull, tag, rmi, history];

/** Only as `image prune`. */
export const imagePrune = prune;
