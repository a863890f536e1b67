import { parsePortText } from "../../../compose/ports.ts";
import { child, textOf } from "../../../compose/tree.ts";
import { insertFix } from "../../rule.ts";
import type { ComposeRule } from "../rule.ts";

export const boundPorts: ComposeRule = {
  name: "bound-ports",
  codes: ["no-unbound-port-interfaces"],
  summary: "Published ports name the address they listen on",
  documentation:
    "A port without an address is published on all addresses of the machine, past most firewalls. `127.0.0.1:8080:80` is reached from this machine alone. Off by default, because public services are meant to be reached.",
  severity: "off",
  scope: "service",
  *check({ node, text }) {
    const ports = child(node, "ports");
    if (ports?.kind !== "sequence") return;
    for (const item of ports.items) {
      const written = textOf(item);
      const { range } = item.place;
      if (written === undefined) {
        if (child(item, "published") !== undefined && child(item, "host_ip") === undefined)
          yield { range, message: "the port is published on every address of the machine" };
        continue;
      }
      const ports = parsePortText(written);
      if (typeof ports === "string" || ports.some(({ hostIp }) => hostIp !== undefined)) continue;
      const at = range.start + (/["']/.test(text[range.start] ?? "") ? 1 : 0);
      const host = written.includes(":") ? "127.0.0.1:" : "127.0.0.1::";
      const fix = insertFix("Publish it on this machine's own address only", at, host, false);
      yield { range, message: `port ${written} is published on every address of the machine`, fixes: [fix] };
    }
  },
};
