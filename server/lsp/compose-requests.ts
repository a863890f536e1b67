import { posix } from "node:path";
import type { CodeLens, InlayHint, Range } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { child, entriesOf, type TreeNode, textOf } from "../../runtime/model/compose/tree.ts";
import type { EngineImage } from "../../runtime/model/engine-facts.ts";
import { stageNames } from "../../runtime/model/lint/compose/stage-names.ts";
import { completeValue, type Offers } from "../features/compose/completion.ts";
import { hoverEffective } from "../features/compose/effective-hover.ts";
import { inheritedHints } from "../features/compose/inherited.ts";
import {
  completeInterpolation,
  hoverInterpolated,
  interpolatedValues,
} from "../features/compose/interpolated.ts";
import { keyPathAt, keysBelow } from "../features/compose/key-path.ts";
import { knownImages, portOfImage } from "../features/compose/known-images.ts";
import { lensesOfCompose } from "../features/compose/lenses.ts";
import { serviceStates } from "../features/compose/service-state.ts";
import { type WantedValue, wantedValueAt } from "../features/compose/wanted-value.ts";
import { imageMarkdown, offeredImages } from "../features/engine-images.ts";
import type { Completion, Hover } from "../features/feature.ts";
import { toOffsets, toRange } from "./convert.ts";
import type { Host } from "./host.ts";
import { pathOf } from "./neighbours.ts";
import type { RequestContext } from "./request-context.ts";

/** Values, variables and keys that fit at an offset, without doubles. */
export async function completeCompose(
  { analysis, host, has }: RequestContext,
  document: TextDocument,
  offset: number,
): Promise<readonly Completion[]> {
  const text = document.getText();
  const variables = has("valueCompletion")
    ? completeInterpolation(text, await analysis.compose.environment(document), offset)
    : [];
  if (variables.length > 0) return variables;
  const wanted = has("valueCompletion") ? wantedValueAt(text, offset) : undefined;
  const values =
    wanted === undefined
      ? []
      : completeValue(text, wanted, await offersFor({ analysis, host }, document, wanted, offset));
  const taken = new Set(values.map(({ label }) => label));
  const keys = has("schemaCompletion") ? await (await analysis.yaml()).complete(text, offset) : [];
  return [...values, ...keys.filter(({ label }) => !taken.has(label))];
}

const SECTIONS = ["services", "networks", "volumes", "secrets", "configs"] as const;

async function offersFor(
  { analysis, host }: { readonly analysis: RequestContext["analysis"]; readonly host: Host },
  document: TextDocument,
  wanted: WantedValue,
  offset: number,
): Promise<Offers> {
  const text = document.getText();
  const load = await analysis.compose.project(document);
  const [, service] = keyPathAt(text, offset).keys;
  const names = Object.fromEntries(
    SECTIONS.map((section) => {
      const merged = entriesOf(child(load?.tree, section)).map(({ key }) => key);
      const own = keysBelow(text, section).map(({ name }) => name);
      return [section, [...new Set([...own, ...merged])]];
    }),
  );
  const written = child(child(load?.tree, "services"), service ?? "");
  const directory = posix.dirname(pathOf(document.uri));
  const context = textOf(child(child(written, "build"), "context")) ?? directory;
  const readDockerfile = async () => {
    const name = textOf(child(child(written, "build"), "dockerfile")) ?? "Dockerfile";
    return (
      textOf(child(child(written, "build"), "dockerfile_inline")) ??
      (await host.readFile(posix.resolve(context, name)))
    );
  };
  const empty = { names, service, paths: [], stages: [], images: [], ports: [], profiles: [] };
  switch (wanted.kind) {
    case "name":
      return empty;
    case "path": {
      const base = wanted.base === "context" ? context : directory;
      const begun = text.slice(wanted.range.start, wanted.range.end);
      const place = posix.resolve(base, begun.slice(0, begun.lastIndexOf("/") + 1));
      return { ...empty, paths: await host.list(place) };
    }
    case "stage":
      return { ...empty, stages: stageNames((await readDockerfile()) ?? "").names };
    case "image": {
      const used = [...(load?.project.services.values() ?? [])].flatMap(({ image }) => image ?? []);
      const there = offeredImages(analysis.engines.images).map(({ name }) => name);
      return { ...empty, images: [...new Set([...used, ...there, ...knownImages])] };
    }
    case "port": {
      const exposed = [...((await readDockerfile()) ?? "").matchAll(/^\s*EXPOSE\s+(.+)$/gim)].flatMap(
        (match) => [...match[1]!.matchAll(/\b(\d{1,5})\b/g)].map((port) => Number(port[1])),
      );
      const image = textOf(child(written, "image"));
      const known = image === undefined ? undefined : portOfImage(image);
      return { ...empty, ports: [...new Set([...exposed, ...(known === undefined ? [] : [known])])] };
    }
    case "profile": {
      const all = [...(load?.project.services.values() ?? [])].flatMap(({ profiles }) => profiles);
      return { ...empty, profiles: [...new Set(all)] };
    }
  }
}

/** The effective value of what stands at an offset, and what its key means. */
export async function hoverCompose(
  { analysis, has }: RequestContext,
  document: TextDocument,
  offset: number,
): Promise<Hover | undefined> {
  const text = document.getText();
  const { root } = analysis.compose.tree(document);
  const environment = await analysis.compose.environment(document);
  const interpolated = has("hover") ? hoverInterpolated(text, root, environment, offset) : undefined;
  if (interpolated !== undefined) return interpolated;
  const image = has("hover") ? hoverImage(root, offset, analysis.engines.images) : undefined;
  if (image !== undefined) return image;
  const load = await analysis.compose.project(document);
  const effective =
    load === undefined || !has("hover")
      ? undefined
      : hoverEffective(root, load.tree, pathOf(document.uri), offset);
  const documented = has("schemaHover") ? await (await analysis.yaml()).hover(text, offset) : undefined;
  if (effective === undefined || documented === undefined) return effective ?? documented;
  return { markdown: `${documented.markdown}\n\n---\n${effective.markdown}`, range: effective.range };
}

/** What engines know of the image of a service, over its name. */
function hoverImage(
  root: TreeNode | undefined,
  offset: number,
  images: readonly EngineImage[],
): Hover | undefined {
  const names = entriesOf(child(root, "services")).flatMap(({ value }) => child(value, "image") ?? []);
  const image = names.find(({ place }) => place.range.start <= offset && offset <= place.range.end);
  const reference = textOf(image);
  if (image === undefined || reference === undefined) return undefined;
  const markdown = imageMarkdown(reference, images, Date.now() / 1000);
  return markdown === undefined ? undefined : { markdown, range: image.place.range };
}

/** Longer values are for the hover. */
const MAXIMUM_HINT = 60;

/** What variables become, and what services get from elsewhere. */
export async function hintsOfCompose(
  { analysis }: RequestContext,
  document: TextDocument,
  range: Range,
): Promise<InlayHint[]> {
  const { start, end } = toOffsets(document, range);
  const environment = await analysis.compose.environment(document);
  const { root } = analysis.compose.tree(document);
  const load = await analysis.compose.project(document);
  const values = interpolatedValues(root, environment).map((one) => ({
    ...{ offset: one.range.end, label: `= ${one.value}`, tooltip: undefined },
  }));
  const inherited = load === undefined ? [] : inheritedHints(root, load.tree, pathOf(document.uri));
  const states = serviceStates(document.getText(), root, load?.project.name ?? "", analysis.engines.services);
  return [...values, ...inherited, ...states]
    .filter(({ offset, label }) => start <= offset && offset <= end && label.length <= MAXIMUM_HINT + 2)
    .map(({ offset, label, tooltip }) => ({
      ...{ position: document.positionAt(offset), label, paddingLeft: true },
      ...(tooltip === undefined ? {} : { tooltip: { kind: "markdown" as const, value: tooltip } }),
    }));
}

/** What can be done with the project and each service, above their keys. */
export function codeLensesOfCompose({ analysis }: RequestContext, document: TextDocument): CodeLens[] {
  const { root } = analysis.compose.tree(document);
  return lensesOfCompose(root).map(({ range, title, command, service }) => ({
    range: toRange(document, range),
    command: { title, command, arguments: [document.uri, ...(service === undefined ? [] : [service])] },
  }));
}
