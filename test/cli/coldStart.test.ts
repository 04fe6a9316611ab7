/** A start costs nothing that is not used: a picture from the command line with the native engine. Its time: bench/. */

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { tryEngine } from "../../src/engine/select.ts";
import { noisyPng } from "../support/pictures.ts";
import { repository } from "../support/runCli.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const run = promisify(execFile);
const at = temporaryFolder();
const native = await tryEngine("native");

/** Writes what was loaded of packages to a file when the process ends; tfjs is CommonJS, as most are. */
const TRACER = `
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
const { cache } = createRequire(process.cwd() + "/");
process.on("exit", () => writeFileSync(process.env.TRACE, JSON.stringify(Object.keys(cache))));
`;

beforeAll(() => writeFile(at("in.png"), noisyPng(256, 256)));

/** Restores a picture from the sources. @returns the CommonJS modules that were loaded for it */
async function loadedFor(engine: string): Promise<string[]> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const tracer = `data:text/javascript,${encodeURIComponent(TRACER)}`;
  const main = join(repository, "src", "cli", "main.ts");
  const args = ["denoise", at("in.png"), "-o", at(`${engine}.png`), "--engine", engine];
  await run(process.execPath, ["--import", tsx, "--import", tracer, main, ...args], {
    env: { ...process.env, TRACE: at(`${engine}.json`) },
  });
  return JSON.parse(await readFile(at(`${engine}.json`), "utf8")) as string[]; // the tracer's list
}

describe("a picture with the native engine", () => {
  if ("reason" in native) {
    it.skip(`skipped: ${native.reason.split("\n")[0]}`);
    return;
  }

  it("loads no tfjs", async () => {
    const tfjs = (paths: string[]): string[] =>
      paths.filter((path) => path.includes("@tensorflow"));
    expect(tfjs(await loadedFor("native"))).toEqual([]);
    expect(tfjs(await loadedFor("tfjs"))).not.toEqual([]); // so the check above can fail
  });
});
