import path from "node:path";
import Mocha from "mocha";

/** What @vscode/test-electron calls inside the extension host: runs the suites beside this file. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, color: false, reporter: "spec" });
  for (const file of ["language.suite.cjs", "engine.suite.cjs"])
    mocha.addFile(path.join(import.meta.dirname, file));
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((failures) =>
      failures === 0 ? resolve() : reject(new Error(`${failures} test(s) failed in the extension host`)),
    );
    runner.on("end", () => {
      const { passes, failures } = runner.stats ?? { passes: 0, failures: 1 };
      console.log(`extension host: ${passes} passing, ${failures} failing`);
    });
  });
}
