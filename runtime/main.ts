import packageJson from "../package.json" with { type: "json" };

/** Entry of the `berth` program. The engine is only loaded when it is asked for, so that commands start at once. */
async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const { version } = packageJson;
  if (argv[0] === "engine") {
    const { runEngine } = await import("./engine/main.ts");
    return await runEngine(argv.slice(1), { version });
  }
  const [{ runCli }, { interruption }] = await Promise.all([
    import("./cli/main.ts"),
    import("./cli/signals.ts"),
  ]);
  const { stdin, stdout, stderr, env } = process;
  const signal = interruption();
  return await runCli(argv, { stdin, stdout, stderr, cwd: process.cwd(), env, signal, version });
}

// `berth ps | head` closes our output early: nobody is left to tell.
process.stdout.on("error", () => process.exit(1));

void main().then(exit, (error: unknown) => {
  process.stderr.write(`berth: ${error instanceof Error ? error.stack : String(error)}\n`);
  exit(70);
});

// Standard input may still be open (a terminal, a pipe) and would keep the process alive.
function exit(code: number): void {
  process.stdout.write("", () => process.exit(code));
}
