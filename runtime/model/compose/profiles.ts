import type { Service } from "./types.ts";

export interface ProfileSplit {
  readonly services: ReadonlyMap<string, Service>;
  readonly disabledServices: ReadonlyMap<string, Service>;
}

/** Services without profiles, and those with an active one, are enabled; `*` activates all. Source: Compose specification, "profiles". */
export function splitByProfiles(all: ReadonlyMap<string, Service>, active: readonly string[]): ProfileSplit {
  const isEnabled = (service: Service): boolean =>
    service.profiles.length === 0 ||
    active.includes("*") ||
    service.profiles.some((profile) => active.includes(profile));
  return {
    services: new Map([...all].filter(([, service]) => isEnabled(service))),
    disabledServices: new Map([...all].filter(([, service]) => !isEnabled(service))),
  };
}
