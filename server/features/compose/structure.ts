import { posix } from "node:path";
import { child, entriesOf, type TreeNode, textOf } from "../../../runtime/model/compose/tree.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import { nested } from "../dockerfile/structure.ts";
import type { Fold, Link } from "../feature.ts";
import { imagePage } from "../image-page.ts";

/** Every key and list item whose value goes over several lines. */
export function foldsOfCompose(text: string, root: TreeNode | undefined): readonly Fold[] {
  return blocks(root)
    .map(({ start, end }) => ({ start, end: start + text.slice(start, end).trimEnd().length }))
    .filter(({ start, end }) => text.slice(start, end).includes("\n"))
    .map((range) => ({ range, kind: "region" }));
}

/** What a selection at an offset grows to, smallest first. */
export function selectionsInCompose(
  text: string,
  root: TreeNode | undefined,
  offset: number,
): readonly OffsetRange[] {
  const all = [...blocks(root), ...(root === undefined ? [] : scalars(root)).map(({ place }) => place.range)];
  const around = all
    .map(({ start, end }) => ({ start, end: start + text.slice(start, end).trimEnd().length }))
    .filter(({ start, end }) => start <= offset && offset <= end);
  return nested([...around, { start: 0, end: text.length }]);
}

/** From each key to the end of its value, and each list item; those of merged-in entries stand where they are written. */
function blocks(node: TreeNode | undefined): readonly OffsetRange[] {
  if (node?.kind === "sequence") return node.items.flatMap((item) => [item.place.range, ...blocks(item)]);
  return entriesOf(node).flatMap(({ keyPlace, value }) => {
    const range = { start: keyPlace.range.start, end: Math.max(keyPlace.range.end, value.place.range.end) };
    return value.place.range.start < keyPlace.range.start ? [] : [range, keyPlace.range, ...blocks(value)];
  });
}

/** All scalar values of a tree. */
export function scalars(node: TreeNode): readonly (TreeNode & { kind: "scalar" })[] {
  switch (node.kind) {
    case "scalar":
      return [node];
    case "sequence":
      return node.items.flatMap(scalars);
    case "mapping":
      return node.entries.flatMap(({ value }) => scalars(value));
  }
}

/** Images lead to their registry's page, paths to their files; `directory` is where relative paths begin. */
export function linksInCompose(root: TreeNode | undefined, directory: string): readonly Link[] {
  const links: Link[] = [];
  const file = (node: TreeNode | undefined, base = directory, name?: string): void => {
    const path = textOf(node);
    if (node === undefined || path === undefined || /\$|:\/\/|^git@|^~|^oci:/.test(path)) return;
    const target = posix.resolve(base, path, name ?? "");
    links.push({ range: node.place.range, target: { kind: "file", path: target }, tooltip: "Open the file" });
  };
  const files = (node: TreeNode | undefined): void => {
    for (const item of node?.kind === "sequence" ? node.items : [node])
      file(item?.kind === "mapping" ? child(item, "path") : item);
  };
  files(child(root, "include"));
  for (const { value: service } of entriesOf(child(root, "services"))) {
    const image = child(service, "image");
    const url = imagePage(textOf(image) ?? "$");
    if (image !== undefined && url !== undefined)
      links.push({
        range: image.place.range,
        target: { kind: "page", url },
        tooltip: "Open the image's page",
      });
    const build = child(service, "build");
    const context = build?.kind === "mapping" ? child(build, "context") : build;
    const dockerfile = child(build, "dockerfile");
    file(context, directory, textOf(dockerfile) ?? "Dockerfile");
    file(dockerfile, posix.resolve(directory, textOf(context) ?? "."));
    files(child(service, "env_file"));
    file(child(child(service, "extends"), "file"));
  }
  for (const section of ["secrets", "configs"]) {
    for (const { value } of entriesOf(child(root, section))) file(child(value, "file"));
  }
  return links;
}
