import { CommandError, run } from "./run.ts";

export interface CheckoutRequest {
  readonly url: string;
  /** Branch, tag or commit; empty for the default branch. */
  readonly ref: string;
  /** An empty directory. */
  readonly directory: string;
}

/** Nobody's configuration, no questions, and no repository of this machine, not even as a submodule. */
const env = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ALLOW_PROTOCOL: "git:http:https:ssh",
  GIT_SSH_COMMAND: "ssh -o BatchMode=yes",
  HOME: "/nonexistent",
};

const limitMs = 600_000;

/**
 * Fetches one commit of a repository with its submodules and checks it out; gives the commit's id. Fetches the whole
 * history only where the server gives no single commit. Throws `CommandError`. Source: git-fetch(1), git-submodule(1).
 */
export async function checkOutRepository(
  { url, ref, directory }: CheckoutRequest,
  signal: AbortSignal,
): Promise<string> {
  const git = (...args: string[]) =>
    run(
      {
        argv: ["git", "-c", "core.hooksPath=/dev/null", ...args],
        cwd: directory,
        env,
        limitMs,
        parse: (text) => text.trim(),
      },
      signal,
    );
  const wanted = ref === "" ? "HEAD" : ref;
  await git("init", "--quiet", ".");
  await git("remote", "add", "--", "origin", url);
  try {
    await git("fetch", "--quiet", "--depth=1", "--no-tags", "origin", "--", wanted);
    await git("checkout", "--quiet", "--detach", "FETCH_HEAD");
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    await git("fetch", "--quiet", "--tags", "origin", "--", "+refs/heads/*:refs/remotes/origin/*");
    // `--` behind it says that it is no file's name; `-x` would still be an option.
    if (wanted.startsWith("-")) throw error;
    await git("checkout", "--quiet", "--detach", wanted, "--");
  }
  await git("submodule", "--quiet", "update", "--init", "--recursive", "--depth=1");
  return await git("rev-parse", "HEAD");
}
