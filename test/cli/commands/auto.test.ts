/** `nafnet auto`, and the command's output about checks, strength and detail. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { restore } from "../../../src/index.ts";
import { encodePng } from "../../../src/io/png/encodePng.ts";
import { discs, noise } from "../../../tools/thresholds/pictures.ts";
import { writeCraftedWeights } from "../../support/craftedWeights.ts";
import { decoded } from "../../support/pictures.ts";
import { lines, runCli } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const at = temporaryFolder();
const clean = discs(96, 80);
const noisy = noise(25)(clean);

async function folder(name: string): Promise<string> {
  await mkdir(at(name));
  await writeFile(join(at(name), "clean.png"), encodePng(clean));
  await writeFile(join(at(name), "noisy.png"), encodePng(noisy));
  return at(name);
}

it("auto restores what needs it, leaves the rest, and says from what it chose", async () => {
  const cwd = await folder("auto");
  const { exitCode, stdout, stderr } = await runCli(["auto", "clean.png", "noisy.png"], cwd);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  expect(lines(stdout)).toEqual([
    expect.stringMatching(
      /^clean\.png -> clean-restored\.png \(.* s, nothing: noise [\d.]+, blur 0\.\d+\)$/,
    ),
    expect.stringMatching(
      /^noisy\.png -> noisy-restored\.png \(.* s, denoise: noise 2\d\.?\d*, blur .+\)$/,
    ),
  ]);
  expect((await decoded(join(cwd, "clean-restored.png"))).data).toStrictEqual(clean.data);
  const denoised = await restore(noisy, "denoise");
  expect((await decoded(join(cwd, "noisy-restored.png"))).data).toStrictEqual(denoised.data);
});

it("--strength and --detail adjust, and --json has the receipt", async () => {
  const cwd = await folder("adjusted");
  const flags = ["--strength", "0.5", "--detail", "0.25", "--tlc", "auto", "--json"];
  const { stdout } = await runCli(["denoise", "noisy.png", "-o", "x.png", ...flags], cwd);
  const adjustments = { strength: 0.5, detail: 0.25 };
  const { receipt } = JSON.parse(stdout).results[0];
  expect(receipt).toMatchObject({ adjustments, task: "denoise", retries: [] });
  const { data } = await restore(noisy, "denoise", adjustments);
  expect((await decoded(join(cwd, "x.png"))).data).toStrictEqual(data);
});

it("a failed check is a line on standard error, a refused result a failed picture", async () => {
  const cwd = await folder("checks");
  await writeCraftedWeights(at("warm"), { offset: [20 / 255, 0, -20 / 255] });
  await writeCraftedWeights(at("black"), { offset: [-1, -1, -1] });
  const warm = await runCli(["denoise", "clean.png", "--weights", at("warm")], cwd);
  expect(warm.exitCode).toBe(0);
  expect(lines(warm.stderr)).toEqual([
    "nafnet: clean.png: checks failed (colour cast 29, at most 8: blended with the input, strength 0.25).",
  ]);
  const black = ["denoise", "clean.png", "--weights", at("black"), "-o", "black.png"];
  const refused = await runCli(black, cwd);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(/^nafnet: clean\.png: the result is not .* \(RESULT_REJECTED\)$/m);
  const forced = await runCli([...black, "--no-checks"], cwd);
  expect(forced.exitCode).toBe(0);
  expect(Math.max(...(await decoded(join(cwd, "black.png"))).data)).toBe(0);
});
