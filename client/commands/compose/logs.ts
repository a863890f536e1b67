import { followLogs } from "../../../runtime/compose/logs.ts";
import { observe } from "../../../runtime/compose/observe.ts";
import type { Handler } from "../context.ts";
import { namedService, runCompose } from "./project.ts";

const colors = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/** Follows the output of all containers of a project or of one service, each line with its container's name. */
export const composeLogs: Handler = (context, ...args) =>
  runCompose(context, args, "Logs", async ({ client, project }, { write, signal }) => {
    const [service] = namedService(args);
    const observed = await observe(client, project, signal);
    const containers = observed.containers.filter((one) => service === undefined || one.service === service);
    const width = Math.max(0, ...containers.map(({ name }) => name.length));
    const names = containers.map(({ name }) => name).sort();
    const options = { follow: true, tail: 200, timestamps: false };
    for await (const { container, text } of followLogs(client, containers, options, signal)) {
      const color = colors[names.indexOf(container.name) % colors.length];
      write(`\x1b[${color}m${container.name.padEnd(width)} |\x1b[0m ${text.replace(/\r?\n$/, "")}\r\n`);
    }
    return 0;
  });
