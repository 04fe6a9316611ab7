/** Nothing is built again whose inputs have not changed. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ROOT } from "./sources.ts";

/**
 * Builds unless the outputs are there and were built from the same inputs.
 *
 * @param stamp the file that remembers the inputs' hash; relative to the checkout, like the others
 * @param inputs files and folders
 * @param versions what else the result depends on, such as the compiler
 * @returns whether it was built
 */
export async function unlessUpToDate(
  stamp: string,
  inputs: readonly string[],
  versions: readonly string[],
  outputs: readonly string[],
  build: () => Promise<void>,
): Promise<boolean> {
  const hash = createHash("sha256");
  for (const file of inputs.flatMap(filesIn)) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update("\0");
  }
  const wanted = hash.update(versions.join("\0")).digest("hex");
  const path = join(ROOT, stamp);
  const built = existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
  if (built === wanted && outputs.every((file) => existsSync(join(ROOT, file)))) return false;
  await build();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${wanted}\n`);
  return true;
}

function filesIn(path: string): string[] {
  const full = join(ROOT, path);
  if (!existsSync(full)) throw new Error(`Expected ${path} in the checkout but it is not there`);
  try {
    return readdirSync(full, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(({ name }) => filesIn(`${path}/${name}`));
  } catch {
    return [path]; // a file
  }
}
