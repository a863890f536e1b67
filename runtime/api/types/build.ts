/** One step of a build: an instruction of a stage that the target needs. */
export interface BuildStep {
  /** Its place in the build's order, from 0; events name it by this. */
  readonly id: number;
  /** Name of its stage, or the stage's number when it has none. */
  readonly stage: string;
  /** The instruction as the build reads it: flags as written, continuations joined. */
  readonly text: string;
  /** First line in the Dockerfile, from 1. */
  readonly line: number;
  /** Steps of other stages whose files it reads. */
  readonly inputs: readonly number[];
}

/** What a build tells while it runs, one per line of the stream: what a client needs to show it as it likes. */
export type BuildEvent =
  /** First, and once. `globalArgs` are the ARGs before the first FROM, which no stage has. */
  | { readonly type: "steps"; readonly globalArgs: readonly string[]; readonly steps: readonly BuildStep[] }
  | { readonly type: "started"; readonly step: number }
  | { readonly type: "log"; readonly step: number; readonly text: string }
  /** The container that a step's command runs in. */
  | {
      readonly type: "container";
      readonly step: number;
      /** 12 hex digits. */
      readonly id: string;
      readonly status: "running" | "removed";
    }
  /** Part of a step that takes long, such as a layer that is pulled. */
  | {
      readonly type: "progress";
      readonly step: number;
      readonly item: string;
      readonly status: string;
      readonly currentBytes?: number;
      readonly totalBytes?: number;
    }
  | BuildStepEnd
  /** The build context on its way to the engine, or looked through by it. */
  | {
      readonly type: "context";
      readonly files: number;
      readonly totalBytes: number;
      /** What had to be sent or copied, in all. */
      readonly changedFiles: number;
      readonly sentBytes: number;
      readonly isDone: boolean;
    }
  | { readonly type: "warning"; readonly message: string }
  /** What the last step did to the files, when that was asked for. */
  | { readonly type: "changes"; readonly files: readonly LayerChange[] }
  | { readonly type: "image"; readonly id: string; readonly tags: readonly string[] };

/** A file that an instruction added, changed or removed. */
export interface LayerChange {
  /** From the root, with a slash at its end for a directory. */
  readonly path: string;
  readonly kind: "added" | "changed" | "removed";
  readonly sizeBytes: number;
}

/** The end of a step. */
export interface BuildStepEnd {
  readonly type: "finished";
  readonly step: number;
  readonly isCached: boolean;
  readonly seconds: number;
  /** Bytes of the layer it made; 0 when it changed no file. */
  readonly sizeBytes: number;
  /** Short name of the state after it, as classic output shows it; "" for an empty one. */
  readonly state: string;
  /** Why it failed. */
  readonly error?: string;
}
