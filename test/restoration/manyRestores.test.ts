/** 200 restores that end in every way leave nothing behind, on each engine. */

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { ENGINE_NAMES } from "../../src/index.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { writeTinyWeights } from "../support/tinyWeights.ts";
import type { Account } from "./manyRestores.ts";

/**
 * Measured over 200 restores: 2 MiB on native, 30 on wasm, less than before on tfjs; over 1600 of them 20, 43
 * and 1. One float picture of 192x160 kept by each of 200 would be 70 MiB.
 */
const RESIDENT_BYTES = 60 * 2 ** 20;

const at = temporaryFolder();
const program = fileURLToPath(new URL("manyRestores.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

beforeAll(() => writeTinyWeights(at("weights")));

describe.each(ENGINE_NAMES)("200 restores on %s", (engine) => {
  let account: Account;
  beforeAll(async () => {
    const args = ["--expose-gc", "--import", tsx, program, engine, at("weights"), at(engine)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    account = JSON.parse(stdout) as Account; // the program's last word
  }, 120_000);

  it("end in every way", () => {
    const { endings } = account;
    expect(Object.values(endings).reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(endings.finished).toBeGreaterThan(20);
    for (const phase of ["weights", "load", "save"]) {
      expect(endings[`ABORTED in ${phase}`]).toBeGreaterThan(0);
    }
    const ways = [
      ...["finished", "ABORTED in weights", "ABORTED in load", "ABORTED in restore"],
      ...["ABORTED in save", "INPUT_CORRUPT in load", "INPUT_UNSUPPORTED in load"],
      ...["INPUT_NOT_FOUND in load", "INVALID_ARGUMENT in load"],
    ];
    expect(ways).toEqual(expect.arrayContaining(Object.keys(endings)));
  });

  it("leave no tensor, handle, thread, listener, open file or stray file", () => {
    const { before, after, listeners, strayFiles } = account;
    expect({ ...after, residentBytes: 0 }).toEqual({ ...before, residentBytes: 0 });
    expect(listeners).toBe(0);
    expect(strayFiles).toEqual([]);
  });

  it("leave the memory where it was", () => {
    const { before, after } = account;
    expect(after.residentBytes - before.residentBytes).toBeLessThan(RESIDENT_BYTES);
  });
});
