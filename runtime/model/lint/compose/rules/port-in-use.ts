import type { ComposeRule } from "../rule.ts";

export const portInUse: ComposeRule = {
  name: "port-in-use",
  codes: [],
  summary: "Published ports are free on this machine",
  documentation:
    "A port can be given once. If another program, or a container of another project, has it, the service does not start.",
  severity: "info",
  scope: "file",
  *check({ load, path, portOwner }) {
    for (const service of load.project.services.values()) {
      if (service.networkMode === "host") continue;
      for (const { published, protocol, place } of service.ports) {
        if (published === undefined || !/^\d+$/.test(published) || place.file !== path) continue;
        const owner = portOwner(`${published}/${protocol}`);
        if (owner === undefined) continue;
        yield {
          range: place.range,
          message: `host port ${published}/${protocol} is in use on this machine: ${owner}`,
        };
      }
    }
  },
};
