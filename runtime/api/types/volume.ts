import type { StringMap } from "./common.ts";

export interface Volume {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly CreatedAt?: string;
  readonly Status?: Readonly<Record<string, unknown>>;
  readonly Labels: StringMap | null;
  readonly Scope: "local" | "global";
  readonly Options: StringMap | null;
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
}

/** Body of `POST /volumes/create`. */
export interface VolumeCreateRequest {
  readonly Name?: string;
  readonly Driver?: string;
  readonly DriverOpts?: StringMap | null;
  readonly Labels?: StringMap | null;
}
