import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Runs a shell line on a real terminal of 30 lines by 100 columns, types as soon as a shell's prompt or the word
 * "ready" is there, and waits for its end. The terminal is one of `script`, of util-linux.
 */
export async function inTerminal(
  line: string,
  typed: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn("script", ["-qec", `stty rows 30 cols 100; exec ${line}`, "/dev/null"], {
    env: { ...process.env, TERM: "xterm", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  while (!/[#$] |ready/.test(output) && child.exitCode === null) {
    await Promise.race([once(child.stdout, "data"), exited]);
  }
  child.stdin.on("error", () => {});
  child.stdin.write(typed);
  const [code] = await exited;
  clearTimeout(timer);
  return { code: Number(code), output };
}
