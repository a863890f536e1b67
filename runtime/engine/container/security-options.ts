import { EngineError } from "../error.ts";

/** `HostConfig.SecurityOpt`, read. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** The engine's own profile, none, or one in Docker's JSON. */
  readonly seccomp: "builtin" | "unconfined" | { readonly profile: string };
}

/** Throws `invalid-argument` for what is no security option, `not-implemented` for one that this engine has not. */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  let noNewPrivileges = false;
  let seccomp: SecurityOptions["seccomp"] = "builtin";
  for (const option of options) {
    const [, key = option, value] = /^([a-z-]+)[=:](.*)$/s.exec(option) ?? [];
    switch (key) {
      case "no-new-privileges":
        noNewPrivileges = parseSwitch(option, value ?? "true");
        break;
      case "seccomp":
        if (value === undefined || value === "") throw invalid(option);
        seccomp = value === "unconfined" || value === "builtin" ? value : { profile: value };
        break;
      case "apparmor":
        if (!value) throw invalid(option);
        if (value !== "unconfined") throw new EngineError("not-implemented", noProfiles(option));
        break;
      case "label":
        if (value !== "disable") throw new EngineError("not-implemented", noLabels(option));
        break;
      default:
        throw invalid(option);
    }
  }
  return { noNewPrivileges, seccomp };
}

function parseSwitch(option: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(option);
}

function invalid(option: string): EngineError {
  const shown = option.length > 100 ? `${option.slice(0, 100)}…` : option;
  return new EngineError("invalid-argument", `invalid --security-opt: ${JSON.stringify(shown)}`);
}

function noLabels(option: string): string {
  return `security option "${option}" is not supported by this engine: it sets no SELinux labels`;
}

function noProfiles(option: string): string {
  return `security option "${option}" is not supported by this engine: it loads no AppArmor profiles`;
}
