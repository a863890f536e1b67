import { child, entriesOf, type TreeNode, textOf } from "../../compose/tree.ts";
import type { Problem, TextEdit } from "../../text/problem.ts";
import { looksLikeSecret } from "../secret-name.ts";

/** What a Compose file may say and had better not. Looks at one file as written, before variables are filled in. */
export function checkStyle(text: string, root: TreeNode | undefined): readonly Problem[] {
  return entriesOf(child(root, "services")).flatMap(({ value: service }) => [
    ...untaggedImage(service),
    ...plainSecrets(child(service, "environment")),
    ...plainSecrets(child(child(service, "build"), "args")),
    ...unquotedPorts(text, child(service, "ports")),
  ]);
}

/** An image that is built here is tagged by the build; elsewhere no tag means `latest`, which is another image each day. */
function untaggedImage(service: TreeNode): readonly Problem[] {
  const image = child(service, "image");
  const name = textOf(image);
  if (image === undefined || name === undefined || child(service, "build") !== undefined) return [];
  if (name.includes("$") || name.includes("@") || /:[^/]+$/.test(name)) return [];
  const message = `image "${name}" has no tag: what "latest" is changes with time`;
  return [{ code: "pin-image", message, severity: "warning", range: image.place.range }];
}

function plainSecrets(environment: TreeNode | undefined): readonly Problem[] {
  const report = (
    name: string,
    value: string | undefined,
    node: { readonly place: TreeNode["place"] },
  ): Problem[] => {
    const isPlain = value !== undefined && value !== "" && !value.includes("$");
    if (!isPlain || !looksLikeSecret(name)) return [];
    const message = `${name} looks like a secret and stands here in plain: use secrets, or a variable`;
    return [{ code: "plain-secret", message, severity: "warning", range: node.place.range }];
  };
  if (environment?.kind === "sequence") {
    return environment.items.flatMap((item) => {
      const [name = "", ...value] = (textOf(item) ?? "").split("=");
      return report(name, value.join("="), item);
    });
  }
  return entriesOf(environment).flatMap(({ key, keyPlace, value }) =>
    report(key, textOf(value), { place: keyPlace }),
  );
}

/** YAML 1.1 reads `22:22` as a number to base 60; quotes keep it a text for every reader. */
function unquotedPorts(text: string, ports: TreeNode | undefined): readonly Problem[] {
  if (ports?.kind !== "sequence") return [];
  return ports.items.flatMap(({ place: { range } }) => {
    const written = text.slice(range.start, range.end);
    if (!/^\d+(?::[0-5]?\d)+$/.test(written)) return [];
    const edits: TextEdit[] = [{ range, text: `"${written}"` }];
    return [
      {
        code: "unquoted-port",
        message: `older YAML readers take ${written} for a number to base 60: write it in quotes`,
        severity: "warning" as const,
        range,
        fixes: [{ title: "Put it in quotes", edits, isSafe: true }],
      },
    ];
  });
}
