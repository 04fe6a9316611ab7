/** `nafnet evaluate` on pictures whose MSE is known by construction. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Raster } from "../../../src/image/Raster.ts";
import { encodePng } from "../../../src/io/png/encodePng.ts";
import { scene } from "../../support/pictures.ts";
import { lines, runCli } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const at = temporaryFolder();
const truth = scene(32, 24);

/** Every value larger by `offset`: an MSE of offset². */
function shifted(offset: number): Raster {
  return { ...truth, bitDepth: 8, data: Uint8Array.from(truth.data, (value) => value + offset) };
}

const decibels = (mse: number): number => 10 * Math.log10(255 ** 2 / mse);

beforeAll(async () => {
  const write = async (path: string, raster: Raster): Promise<void> => {
    await mkdir(join(at(path), ".."), { recursive: true });
    await writeFile(at(path), encodePng(raster));
  };
  expect(Math.max(...truth.data)).toBeLessThan(251); // so that no shift wraps round
  for (const name of ["one", "two", "same"]) await write(`truth/${name}.png`, truth);
  await write("restored/one.png", shifted(1));
  await write("restored/two.png", shifted(4));
  await writeFile(at("restored", "notes.txt"), "not a picture");
  await writeFile(at("restored", "._one.png"), "AppleDouble");
  await write("more/one.png", shifted(2));
  await write("more/other.png", truth);
  await write("more/two.png", scene(24, 32));
  await write("equal/same.png", truth);
  await mkdir(at("empty"));
});

describe("evaluate", () => {
  it("two folders, and their mean", async () => {
    const { exitCode, stdout, stderr } = await runCli(["evaluate", "restored", "truth"], at());
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    const [header, ...rows] = lines(stdout).map((line) => line.trim().split(/ {2,}/));
    expect(header).toEqual(["PSNR (dB)", "SSIM", "MSE"]);
    expect(rows.map(([name]) => name)).toEqual(["one", "two", "mean of 2"]);
    expect(rows.map(([, psnr]) => psnr)).toEqual([
      decibels(1).toFixed(2),
      decibels(16).toFixed(2),
      ((decibels(1) + decibels(16)) / 2).toFixed(2),
    ]);
    expect(rows.map(([, , , mse]) => mse)).toEqual(["1.000", "16.000", "8.500"]);
  });

  it("--json, a missing original and another size: the rest is measured, exit code 1", async () => {
    const { exitCode, stdout } = await runCli(["evaluate", "more", "truth", "--json"], at());
    expect(exitCode).toBe(1);
    expect(lines(stdout)).toHaveLength(1);
    const report = JSON.parse(stdout);
    expect(report).toEqual({
      rows: [
        { name: "one", psnr: expect.closeTo(decibels(4), 9), ssim: expect.any(Number), mse: 4 },
        {
          name: "other",
          error: { code: "INPUT_NOT_FOUND", message: "Expected a picture named other in truth." },
        },
        { name: "two", error: { code: "INVALID_ARGUMENT", message: expect.any(String) } },
      ],
      mean: { psnr: report.rows[0].psnr, ssim: report.rows[0].ssim, mse: 4 },
      failed: 2,
    });
    expect(report.rows[0].ssim).toBeGreaterThan(0.9);
    expect(report.rows[0].ssim).toBeLessThan(1);
  });

  it("says so on standard error, too", async () => {
    const { exitCode, stdout, stderr } = await runCli(["evaluate", "more", "truth"], at());
    expect(exitCode).toBe(1);
    expect(lines(stderr)[0]).toBe(
      "nafnet: Expected a picture named other in truth. (INPUT_NOT_FOUND)",
    );
    expect(lines(stderr)).toHaveLength(2);
    expect(lines(stdout).at(-1)).toContain("mean of 1");
  });

  it("one picture against another", async () => {
    const args = ["evaluate", "restored/two.png", "truth/one.png", "--json"];
    const { exitCode, stdout } = await runCli(args, at());
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: [{ name: "two", mse: 16 }], failed: 0 });
  });

  it("equal pictures: infinite PSNR, null in JSON", async () => {
    const json = await runCli(["evaluate", "equal", "truth", "--json"], at());
    expect(JSON.parse(json.stdout)).toEqual({
      rows: [{ name: "same", psnr: null, ssim: 1, mse: 0 }],
      mean: { psnr: null, ssim: 1, mse: 0 },
      failed: 0,
    });
    const { stdout } = await runCli(["evaluate", "equal", "truth"], at());
    expect(stdout).toMatch(/^same +infinite +1\.0000 +0\.000$/m);
  });

  it.each([
    [["nowhere", "truth"], "INPUT_NOT_FOUND", 1],
    [["restored", "nowhere"], "INPUT_NOT_FOUND", 1],
    [["empty", "truth"], "INPUT_NOT_FOUND", 1],
    [["restored", "truth/one.png"], "INVALID_ARGUMENT", 2],
  ] as const)("%j: %s, exit code %d", async (paths, code, wanted) => {
    const { exitCode, stdout, stderr } = await runCli(["evaluate", ...paths], at());
    expect(lines(stderr)).toEqual([expect.stringMatching(new RegExp(`^nafnet: .*\\(${code}\\)$`))]);
    expect(exitCode).toBe(wanted);
    expect(stdout).toBe("");
  });
});
