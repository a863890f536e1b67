/** How far a connection came before it failed. */
export type SshStage =
  | "configuration"
  | "resolving"
  | "connecting"
  | "host key"
  | "authentication"
  | "provisioning"
  | "engine";

/** A failed SSH connection; the message begins with the stage and says what to do where that is known. */
export class SshError extends Error {
  override readonly name = "SshError";
  readonly stage: SshStage;

  constructor(stage: SshStage, message: string, options?: ErrorOptions) {
    super(`${stage}: ${message}`, options);
    this.stage = stage;
  }
}
