import { buildFixtureImages } from "../../scripts/fixtures/build-images.ts";
import { startRegistry, type TestRegistry } from "./registry.ts";

/** A real registry that serves the named images, made from Debian packages, as Docker Hub's official ones (`library/…`). */
export async function startFixtureRegistry(names: readonly string[]): Promise<TestRegistry> {
  const layouts = await buildFixtureImages(names, (text) => process.stdout.write(`${text}\n`));
  const registry = await startRegistry();
  try {
    for (const [name, layout] of layouts) await registry.push(layout, `library/${name}`);
    return registry;
  } catch (error) {
    await registry[Symbol.asyncDispose]();
    throw error;
  }
}
