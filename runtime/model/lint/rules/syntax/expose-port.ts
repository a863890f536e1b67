import { nearest } from "../../../text/nearest.ts";
import { everyInstruction } from "../../instructions.ts";
import { type Finding, type Rule, replaceFix } from "../../rule.ts";

const PROTOCOLS = ["tcp", "udp", "sctp"];

export const exposePort: Rule = {
  name: "expose-port",
  codes: ["INVALID_PORT", "INVALID_PROTO"],
  summary: "EXPOSE takes ports, or ranges of them, with tcp, udp or sctp.",
  documentation: "`80`, `53/udp`, `8000-8010/tcp`. Without a protocol it is tcp.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      if (instruction.name !== "EXPOSE") continue;
      for (const { value, range } of instruction.words) {
        // Addresses and host ports are another rule's.
        if (value.includes("$") || value.includes(":")) continue;
        const finding = judge(value, range);
        if (finding !== undefined) yield finding;
      }
    }
  },
};

function judge(value: string, range: Finding["range"]): Finding | undefined {
  const slash = value.indexOf("/");
  const port = slash < 0 ? value : value.slice(0, slash);
  const protocol = slash < 0 ? "" : value.slice(slash + 1);
  if (!/^\d+(?:-\d+)?$/.test(port)) {
    return { range, message: `invalid port: ${value}`, codes: ["INVALID_PORT"] };
  }
  if (protocol === "" || PROTOCOLS.includes(protocol.toLowerCase())) return undefined;
  const protocolRange = { start: range.start + slash + 1, end: range.end };
  const meant = nearest(protocol, PROTOCOLS);
  return {
    range: protocolRange,
    message: `invalid protocol: ${protocol} is none of tcp, udp, sctp`,
    codes: ["INVALID_PROTO"],
    fixes: meant === undefined ? [] : [replaceFix(`Write ${meant}`, protocolRange, meant, true)],
  };
}
