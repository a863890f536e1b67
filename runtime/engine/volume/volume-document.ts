/** A volume as it stands on disk. */
export interface VolumeDocument {
  readonly name: string;
  readonly created: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Made for a container that named none. */
  readonly isAnonymous: boolean;
  /** Ids of the containers that have it. */
  readonly users: readonly string[];
}
