import { pack } from "tar-stream";
import type { EngineClient } from "../api/engine-client.ts";
import type { FileObject, FileReference, Project, Service } from "../model/compose/types.ts";
import { ComposeError } from "./compose-error.ts";

/** A secret or config that is no file of this machine: it is written into the container. */
export interface GivenFile {
  /** Absolute, in the container. */
  readonly target: string;
  readonly content: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** The secrets and configs of a service given by content or by a variable. Throws ComposeError for a variable that is not set. */
export function givenFiles(
  project: Project,
  service: Service,
  environment: Readonly<Record<string, string | undefined>>,
): readonly GivenFile[] {
  return (["secrets", "configs"] as const).flatMap((kind) =>
    service[kind].flatMap((reference) => {
      const object = project[kind].get(reference.source);
      const content = object && contentOf(`${kind}.${reference.source}`, object, environment);
      return content === undefined ? [] : [givenFile(reference, content)];
    }),
  );
}

function contentOf(
  name: string,
  object: FileObject,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (object.file !== undefined || object.external) return undefined;
  if (object.environment === undefined) return object.content;
  const value = environment[object.environment];
  if (value === undefined)
    throw new ComposeError(`${name}: the variable ${object.environment} that holds it is not set`);
  return value;
}

function givenFile(reference: FileReference, content: string): GivenFile {
  return {
    target: reference.target,
    content,
    uid: ownerOf(reference.uid),
    gid: ownerOf(reference.gid),
    mode: reference.mode ?? 0o444,
  };
}

function ownerOf(text: string | undefined): number {
  return text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
}

/** Writes the files into a container that does not run yet. */
export async function writeGivenFiles(
  client: EngineClient,
  id: string,
  files: readonly GivenFile[],
  signal: AbortSignal,
): Promise<void> {
  if (files.length === 0) return;
  const tar = pack();
  for (const { target, content, ...header } of files)
    tar.entry({ name: target.replace(/^\/+/, ""), ...header }, content);
  tar.finalize();
  await client.containers.writeArchive(
    id,
    "/",
    tar as AsyncIterable<Uint8Array>,
    { copyUidGid: false },
    signal,
  );
}
