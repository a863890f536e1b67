import { composeDown, composeDownWithVolumes } from "./compose/down.ts";
import { composeLogs } from "./compose/logs.ts";
import { composePs } from "./compose/ps.ts";
import { composeRestart } from "./compose/restart.ts";
import { composeUp } from "./compose/up.ts";
import { addHost, addSocket, disconnect, reconnect, removeConnection } from "./connection/connection.ts";
import { attachContainer } from "./container/attach.ts";
import { inspectContainer } from "./container/inspect.ts";
import { killContainer } from "./container/kill.ts";
import { showContainerLogs } from "./container/logs.ts";
import { openInBrowser } from "./container/open-in-browser.ts";
import { pauseContainer } from "./container/pause.ts";
import { forceRemoveContainer, removeContainer } from "./container/remove.ts";
import { renameContainer } from "./container/rename.ts";
import { restartContainer } from "./container/restart.ts";
import { attachShell } from "./container/shell.ts";
import { startContainer } from "./container/start.ts";
import { stopContainer } from "./container/stop.ts";
import { unpauseContainer } from "./container/unpause.ts";
import type { Handler } from "./context.ts";
import { restartEngine, showEngineLog, showEngineMenu, startEngine, stopEngine } from "./engine/engine.ts";
import { buildImage } from "./image/build.ts";
import { showImageHistory } from "./image/history.ts";
import { inspectImage } from "./image/inspect.ts";
import { pullImage } from "./image/pull.ts";
import { removeImage } from "./image/remove.ts";
import { runImage, runImageInteractive } from "./image/run.ts";
import { tagImage } from "./image/tag.ts";
import { createNetwork } from "./network/create.ts";
import { inspectNetwork } from "./network/inspect.ts";
import { removeNetwork } from "./network/remove.ts";
import { pruneContainers, pruneImages, pruneNetworks, pruneVolumes } from "./prune.ts";
import { refreshLists } from "./refresh.ts";
import { createVolume } from "./volume/create.ts";
import { inspectVolume } from "./volume/inspect.ts";
import { removeVolume } from "./volume/remove.ts";

/** Every command of the extension; each id is declared in package.json too, with its title and menus. */
export const commands: Readonly<Record<string, Handler>> = {
  "berth.engine.start": startEngine,
  "berth.engine.stop": stopEngine,
  "berth.engine.restart": restartEngine,
  "berth.engine.showLog": showEngineLog,
  "berth.engine.showMenu": showEngineMenu,
  "berth.connection.addHost": addHost,
  "berth.connection.addSocket": addSocket,
  "berth.connection.remove": removeConnection,
  "berth.connection.reconnect": reconnect,
  "berth.connection.disconnect": disconnect,
  "berth.view.refresh": refreshLists,
  "berth.image.build": buildImage,
  "berth.image.pull": pullImage,
  "berth.image.run": runImage,
  "berth.image.runInteractive": runImageInteractive,
  "berth.image.inspect": inspectImage,
  "berth.image.history": showImageHistory,
  "berth.image.tag": tagImage,
  "berth.image.remove": removeImage,
  "berth.image.prune": pruneImages,
  "berth.container.start": startContainer,
  "berth.container.stop": stopContainer,
  "berth.container.restart": restartContainer,
  "berth.container.pause": pauseContainer,
  "berth.container.unpause": unpauseContainer,
  "berth.container.kill": killContainer,
  "berth.container.remove": removeContainer,
  "berth.container.forceRemove": forceRemoveContainer,
  "berth.container.rename": renameContainer,
  "berth.container.logs": showContainerLogs,
  "berth.container.attach": attachContainer,
  "berth.container.shell": attachShell,
  "berth.container.inspect": inspectContainer,
  "berth.container.openInBrowser": openInBrowser,
  "berth.container.prune": pruneContainers,
  "berth.volume.create": createVolume,
  "berth.volume.inspect": inspectVolume,
  "berth.volume.remove": removeVolume,
  "berth.volume.prune": pruneVolumes,
  "berth.network.create": createNetwork,
  "berth.network.inspect": inspectNetwork,
  "berth.network.remove": removeNetwork,
  "berth.network.prune": pruneNetworks,
  "berth.compose.up": composeUp,
  "berth.compose.down": composeDown,
  "berth.compose.downWithVolumes": composeDownWithVolumes,
  "berth.compose.ps": composePs,
  "berth.compose.logs": composeLogs,
  "berth.compose.restart": composeRestart,
};
