import type { VolumeCreateRequest } from "../../../api/types/volume.ts";
import { type Decoder, map, object, string } from "../decode.ts";

/** Body of `POST /volumes/create`. */
export const decodeVolumeCreate: Decoder<VolumeCreateRequest> = object<VolumeCreateRequest>({
  Name: string,
  Driver: string,
  DriverOpts: map(string),
  Labels: map(string),
});
