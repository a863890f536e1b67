import type { BuildOptions } from "../../runtime/api/engine-client.ts";

/** A file of a case's build context; a string is a file of mode 0644. */
export type ContextFile =
  | string
  | { readonly content: string | Buffer; readonly mode: number }
  | { readonly link: string }
  | { readonly directoryMode: number };

/** One build of the corpus. */
export interface BuildCase {
  readonly name: string;
  readonly dockerfile: string;
  readonly files: Readonly<Record<string, ContextFile>>;
  readonly options: Pick<BuildOptions, "buildArgs" | "target" | "labels">;
  readonly expected: Expected;
}

/**
 * What a case must give. `docker`: what Debian's dockerd makes of it, but for directories that it made for a RUN's mounts and
 * left there: BuildKit takes them away since 0.11, as we do. `hand`: newer than Debian's BuildKit, so the
 * expectation is written down from the Dockerfile reference. `failure`: we refuse it with this message, and so does Docker, unless its Debian version is laxer than the reference.
 */
export type Expected =
  | { readonly by: "docker"; readonly mountPoints: readonly string[] }
  | {
      readonly by: "hand";
      readonly base: "busybox" | "scratch";
      readonly tree: readonly string[];
      readonly image?: ImageExpectation;
    }
  | { readonly by: "failure"; readonly message: RegExp; readonly docker: "refuses" | "is lax" };

/** Parts of the image's config; what is not named is not looked at. */
export interface ImageExpectation {
  readonly config?: Readonly<Record<string, unknown>>;
  /** `created_by` of the steps on top of the base. */
  readonly history?: readonly string[];
}

type Optional = Partial<Pick<BuildCase, "files" | "options">>;

/** A build that must come out as with Docker. */
export function asDocker(
  name: string,
  dockerfile: string,
  more: Optional & { readonly mountPoints?: readonly string[] } = {},
): BuildCase {
  const { mountPoints = [], ...rest } = more;
  const expected: Expected = { by: "docker", mountPoints };
  return { name, dockerfile: text(dockerfile), files: {}, options: {}, expected, ...rest };
}

/** A build with something Debian's BuildKit does not know; `tree` are the lines that differ from the base image. */
export function byHand(
  name: string,
  dockerfile: string,
  tree: readonly string[],
  more: Optional & { readonly image?: ImageExpectation; readonly base?: "scratch" } = {},
): BuildCase {
  const { image, base = "busybox", ...rest } = more;
  const expected: Expected = { by: "hand", base, tree, ...(image === undefined ? {} : { image }) };
  return { name, dockerfile: text(dockerfile), files: {}, options: {}, expected, ...rest };
}

/** A build that must fail. */
export function refused(
  name: string,
  dockerfile: string,
  message: RegExp,
  more: Optional & { readonly docker?: "is lax" } = {},
): BuildCase {
  const { docker = "refuses", ...rest } = more;
  const expected: Expected = { by: "failure", message, docker };
  return { name, dockerfile: text(dockerfile), files: {}, options: {}, expected, ...rest };
}

/** Cases are written indented; a line's own indentation counts from the first line's. */
function text(dockerfile: string): string {
  const lines = dockerfile.replace(/^\n/, "").split("\n");
  const indent = /^ */.exec(lines[0] ?? "")?.[0] ?? "";
  const cut = lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()));
  return `${cut.join("\n").trimEnd()}\n`;
}
