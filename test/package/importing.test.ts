/** Importing the package must be cheap: tfjs is loaded when an engine is chosen, not before. */

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** Modules that have tfjs in their path after importing each of the files, tfjs's own being CommonJS. */
async function loadedTfjs(file: string): Promise<string[]> {
  const { href } = new URL(`../../src/${file}`, import.meta.url);
  const script = `
    import { createRequire } from "node:module";
    await import(${JSON.stringify(href)});
    const { cache } = createRequire(import.meta.url);
    console.log(JSON.stringify(Object.keys(cache).filter((path) => path.includes("@tensorflow"))));
  `;
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const args = ["--import", tsx, "--input-type=module", "--eval", script];
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return JSON.parse(stdout) as string[]; // written by the script above
}

it("index.ts loads no tfjs", async () => {
  expect(await loadedTfjs("index.ts")).toEqual([]);
});

it("the tfjs engine does, so the check above can fail", async () => {
  expect(await loadedTfjs("engine/tfjs/backend.ts")).not.toEqual([]);
});
