/** A host that shows a key nobody here knows. */
export interface UnknownHostKey {
  /** As known_hosts spells it. */
  readonly host: string;
  readonly keyType: string;
  /** `SHA256:…`. */
  readonly fingerprint: string;
}

/** What an SSH connection may have to ask. Undefined: the user declined. */
export interface SshPrompts {
  readonly trustHostKey: (key: UnknownHostKey) => Promise<boolean>;
  readonly password: (question: string) => Promise<string | undefined>;
  /** Asked before anything is installed with the host's package manager. */
  readonly allowInstall: (host: string, packages: readonly string[]) => Promise<boolean>;
}

/** Answers for reconnecting, when nobody sits there: nothing is trusted, typed or allowed. */
export const silentPrompts: SshPrompts = {
  trustHostKey: async () => false,
  password: async () => undefined,
  allowInstall: async () => false,
};
