import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { encodePng } from "../src/io/png/encodePng.ts";
import { median } from "./statistics.ts";
import { testPicture } from "./testPicture.ts";

const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const SIDE = 256;
const RUNS = 5;

/** The time from the start of `nafnet denoise` to its end, the file written. */
export interface ColdStart {
  readonly command: string;
  readonly width: number;
  readonly height: number;
  readonly medianMs: number;
  readonly minMs: number;
}

/** @throws Error where the package is not built */
export async function coldStart(folder: string): Promise<ColdStart> {
  if (!existsSync(CLI)) throw new Error("no dist/cli.js; npm run build makes it");
  const input = join(folder, "cold.png");
  const output = join(folder, "clean.png");
  const picture = await testPicture(SIDE, SIDE);
  const data = Uint8Array.from(picture, (value) => Math.round(255 * value));
  await writeFile(input, encodePng({ width: SIDE, height: SIDE, channels: 3, bitDepth: 8, data }));
  const elapsedMs: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    await promisify(execFile)(process.execPath, [CLI, "denoise", input, "-o", output]);
    if (run > 0) elapsedMs.push(performance.now() - start); // the first one fills the file cache
  }
  return {
    command: `nafnet denoise, ${SIDE}x${SIDE}`,
    width: SIDE,
    height: SIDE,
    medianMs: median(elapsedMs),
    minMs: Math.min(...elapsedMs),
  };
}
