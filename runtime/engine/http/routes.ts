import type { Route } from "./router.ts";
import { buildRoutes } from "./routes/build.ts";
import { containerArchiveRoutes } from "./routes/container-archive.ts";
import { containerStatsRoutes } from "./routes/container-stats.ts";
import { containerStreamRoutes } from "./routes/container-streams.ts";
import { containerRoutes } from "./routes/containers.ts";
import { execRoutes } from "./routes/execs.ts";
import { imageFileRoutes } from "./routes/image-files.ts";
import { imageRoutes } from "./routes/images.ts";
import { networkRoutes } from "./routes/networks.ts";
import { registryRoutes } from "./routes/registries.ts";
import { systemRoutes } from "./routes/system.ts";
import { unsupportedRoutes } from "./routes/unsupported.ts";
import { volumeRoutes } from "./routes/volumes.ts";

/** All that the engine answers. The first row that fits wins, so rows with free names stand last. */
export const routes: readonly Route[] = [
  ...systemRoutes,
  ...unsupportedRoutes,
  ...containerRoutes,
  ...containerStreamRoutes,
  ...containerArchiveRoutes,
  ...containerStatsRoutes,
  ...execRoutes,
  ...volumeRoutes,
  ...networkRoutes,
  ...buildRoutes,
  ...registryRoutes,
  ...imageFileRoutes,
  ...imageRoutes,
];
