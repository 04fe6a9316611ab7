/** Many files compiled to objects by a compiler on the command line, two at a time. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, type Source } from "../build/sources.ts";
import { run } from "../tfjs-node/run.ts";

const JOBS = 2;

/**
 * @param compiler the command and its first arguments
 * @param folder where the objects go, relative to the checkout
 * @returns the objects, in the order of the sources
 */
export async function compileAll(
  compiler: readonly [string, ...string[]],
  sources: readonly Source[],
  flags: readonly string[],
  folder: string,
): Promise<string[]> {
  await mkdir(join(ROOT, folder), { recursive: true });
  const [program, ...first] = compiler;
  const objects = sources.map(({ file }) => `${folder}/${file.replace(/\W/g, "_")}.o`);
  const waiting = [...sources.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [i, { file, flags: own }] = next;
      const args = [...first, ...flags, ...own, "-c", file, "-o", objects[i] ?? ""];
      await run(program, args, { cwd: ROOT });
    }
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
  return objects;
}
