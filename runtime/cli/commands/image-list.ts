import type { ImageHistoryItem, ImageSummary } from "../../api/types/image.ts";
import { command } from "../command.ts";
import { onOff } from "../command-line.ts";
import { filterFlag, parseFilters } from "../filter-flag.ts";
import { formatFlag, type Listing, printListing, printMoment } from "../listing.ts";
import { printAge, printSize, shortId } from "../units.ts";

const imageListing: Listing<keyof ReturnType<typeof imageRow>> = {
  titles: {
    Repository: "REPOSITORY",
    Tag: "TAG",
    Digest: "DIGEST",
    ID: "IMAGE ID",
    CreatedAt: "CREATED AT",
    CreatedSince: "CREATED",
    Containers: "CONTAINERS",
    SharedSize: "SHARED SIZE",
    UniqueSize: "UNIQUE SIZE",
    VirtualSize: "VIRTUAL SIZE",
    Size: "SIZE",
  },
  columns: ["Repository", "Tag", "ID", "CreatedSince", "Size"],
};

/** `images`. */
export const imagesCommand = command({
  name: "images",
  summary: "List images",
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  examples: [
    ["images 'node*'", "Those whose name begins so"],
    ["images --filter dangling=true -q", "Ids of those that lost their name"],
  ],
  flags: {
    all: onOff("Show all images, also those of steps", "a"),
    digests: onOff("Show digests"),
    filter: filterFlag,
    format: formatFlag,
    "no-trunc": onOff("Do not shorten"),
    quiet: onOff("Only print ids", "q"),
  },
  words: [0, 1],
  run: async (flags, [reference], { client, signal, stdout }) => {
    const filters = parseFilters(flags.filter);
    const named = reference === undefined ? filters : { ...filters, reference: [reference] };
    const list = await client.images.list({ all: flags.all, filters: named }, signal);
    const rows = list.flatMap((image) => imageRows(image, flags.digests, flags["no-trunc"]));
    if (flags.quiet && flags.format === undefined) {
      stdout.write([...new Set(rows.map((row) => `${row.ID}\n`))].join(""));
      return;
    }
    const [repository = "Repository", tag = "Tag", ...rest] = imageListing.columns;
    const columns = flags.digests ? [repository, tag, "Digest" as const, ...rest] : imageListing.columns;
    stdout.write(printListing({ ...imageListing, columns }, rows, flags.format));
  },
});

/** One row per name; with digests, one per digest of a name. */
function imageRows(image: ImageSummary, withDigests: boolean, whole: boolean) {
  const none = "<none>";
  const digests = (image.RepoDigests ?? []).map((text) => text.split("@") as [string, string]);
  const tags = image.RepoTags?.length ? image.RepoTags : undefined;
  if (tags === undefined) {
    const [repository = none, digest = none] = digests[0] ?? [];
    return [imageRow(image, { repository, tag: none, digest }, whole)];
  }
  return tags.flatMap((reference) => {
    const colon = reference.lastIndexOf(":");
    const [repository, tag] = [reference.slice(0, colon), reference.slice(colon + 1)];
    const own = digests.filter(([name]) => name === repository).map(([, digest]) => digest);
    const shown = withDigests && own.length > 0 ? own : [own[0] ?? none];
    return shown.map((digest) => imageRow(image, { repository, tag, digest }, whole));
  });
}

function imageRow(
  image: ImageSummary,
  name: { readonly repository: string; readonly tag: string; readonly digest: string },
  whole: boolean,
) {
  const counted = (value: number | undefined) =>
    value === undefined || value < 0 ? "N/A" : printSize(value);
  return {
    Repository: name.repository,
    Tag: name.tag,
    Digest: name.digest,
    ID: whole ? image.Id : shortId(image.Id),
    CreatedAt: printMoment(new Date(image.Created * 1000)),
    CreatedSince: printAge(image.Created, Date.now()),
    Containers: image.Containers < 0 ? "N/A" : String(image.Containers),
    SharedSize: counted(image.SharedSize),
    UniqueSize: image.SharedSize < 0 ? "N/A" : printSize(image.Size - image.SharedSize),
    VirtualSize: printSize(image.VirtualSize ?? image.Size),
    Size: printSize(image.Size),
  };
}

const historyListing: Listing<keyof ReturnType<typeof historyRow>> = {
  titles: {
    ID: "IMAGE",
    CreatedAt: "CREATED AT",
    CreatedSince: "CREATED",
    CreatedBy: "CREATED BY",
    Size: "SIZE",
    Comment: "COMMENT",
  },
  columns: ["ID", "CreatedSince", "CreatedBy", "Size", "Comment"],
};

/** `history`. */
export const historyCommand = command({
  name: "history",
  summary: "Show how an image was made",
  usage: "[OPTIONS] IMAGE",
  examples: [["history --no-trunc web", "Every instruction, whole, with the size it added"]],
  flags: {
    format: formatFlag,
    human: onOff("Sizes and times for people (on)", "H", true),
    "no-trunc": onOff("Do not shorten"),
    quiet: onOff("Only print ids", "q"),
  },
  words: [1, 1],
  run: async (flags, [name = ""], { client, signal, stdout }) => {
    const items = await client.images.history(name, signal);
    const rows = items.map((item) => historyRow(item, flags["no-trunc"], flags.human));
    if (flags.quiet && flags.format === undefined) stdout.write(rows.map((row) => `${row.ID}\n`).join(""));
    else stdout.write(printListing(historyListing, rows, flags.format));
  },
});

function historyRow(item: ImageHistoryItem, whole: boolean, human: boolean) {
  const by = item.CreatedBy.length > 45 && !whole ? `${item.CreatedBy.slice(0, 44)}…` : item.CreatedBy;
  const moment = new Date(item.Created * 1000).toISOString().replace(".000Z", "Z");
  return {
    ID: whole || !item.Id.startsWith("sha256:") ? item.Id : shortId(item.Id),
    CreatedAt: moment,
    CreatedSince: human ? printAge(item.Created, Date.now()) : moment,
    CreatedBy: by,
    Size: human ? printSize(item.Size) : String(item.Size),
    Comment: item.Comment,
  };
}
