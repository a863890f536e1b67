import type { ExecCreateRequest } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { type BundleHost, bundleCapabilities, capabilitySets, processEnv, rlimits } from "./bundle.ts";
import { capabilitiesOf } from "./capabilities.ts";
import type { ContainerDocument } from "./document.ts";
import { mergeEnv } from "./merge-config.ts";
import type { OciProcess, OciUser } from "./oci-spec.ts";
import { checkedPath } from "./path-limit.ts";
import { containerHostname } from "./sandbox-request.ts";
import { parseSecurityOptions } from "./security-options.ts";

/** The process of an exec, in the container's environment with the request's over it. */
export function execProcess(
  document: ContainerDocument,
  request: ExecCreateRequest,
  user: OciUser,
  host: BundleHost,
  size: readonly [height: number, width: number] | undefined,
): OciProcess {
  const { config, hostConfig } = document;
  const capabilities =
    request.Privileged === true
      ? capabilitiesOf(host.capabilityMask)
      : bundleCapabilities({ hostConfig, host });
  const env = processEnv({ ...config, Tty: request.Tty === true }, containerHostname(document));
  return {
    terminal: request.Tty === true,
    ...(size !== undefined && size[0] > 0 ? { consoleSize: { height: size[0], width: size[1] } } : {}),
    user,
    args: request.Cmd ?? [],
    env: mergeEnv(env, request.Env ?? []),
    cwd: checkedPath(request.WorkingDir || config.WorkingDir || "/"),
    capabilities: capabilitySets(capabilities, user),
    rlimits: rlimits(hostConfig, host),
    noNewPrivileges: parseSecurityOptions(hostConfig.SecurityOpt ?? []).noNewPrivileges,
  };
}

/** Throws `invalid-argument` for what cannot be run. */
export function validateExec(request: ExecCreateRequest): void {
  if ((request.Cmd ?? []).length === 0)
    throw new EngineError("invalid-argument", "No exec command specified");
  if (request.WorkingDir && !request.WorkingDir.startsWith("/")) {
    throw new EngineError(
      "invalid-argument",
      `the working directory '${request.WorkingDir}' must be an absolute path`,
    );
  }
  checkedPath(request.Cmd?.[0] ?? "");
  mergeEnv([], request.Env ?? []);
}
