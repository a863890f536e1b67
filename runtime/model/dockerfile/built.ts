/** What a build made of one instruction; how the editor tells its language server. */
export interface BuiltInstruction {
  /** First line in the Dockerfile, from 1. */
  readonly line: number;
  readonly seconds: number;
  /** Bytes of the layer it made; 0 when it changed no file. */
  readonly sizeBytes: number;
  readonly isCached: boolean;
  /** Why it failed, with the end of what it printed. */
  readonly error?: string;
}

/** Notification to the language server after a build. */
export const builtNotification = "berth/built";

export interface BuiltParameters {
  readonly uri: string;
  readonly instructions: readonly BuiltInstruction[];
}
