/** `nafnet convert`, and the use of its folders in place of the checkpoint. */

import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRestorer, restore } from "../../../src/index.ts";
import { psnr } from "../../../src/metrics/index.ts";
import { defaultWeights } from "../../../src/restoration/tasks.ts";
import { scene, withNoise } from "../../support/pictures.ts";
import { lines, runCli, runTool, shared } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const at = temporaryFolder();
const checkpoint = join(shared, "checkpoints", "denoise-mdta-w16.pth");
const incompatible = join(shared, "data", "pth", "toy-nafnet-incompatible.pth");
const picture = withNoise(scene(40, 24), 25);

function skipReason(path: string, name: string): string {
  return existsSync(path) ? "" : ` (skipped: no ../shared/${name})`;
}

async function bytesIn(folder: string): Promise<number> {
  const shards = (await readdir(folder)).filter((name) => name.endsWith(".bin"));
  const sizes = await Promise.all(
    shards.map(async (name) => (await stat(join(folder, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe("convert", () => {
  const absent = skipReason(checkpoint, "checkpoints");

  it.skipIf(absent !== "")(`writes what the default weights hold${absent}`, async () => {
    const { exitCode, stdout, stderr } = await runCli(["convert", checkpoint, "out/"], at());
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(lines(stdout)).toEqual([
      expect.stringContaining("NAFNet width 16"),
      expect.stringMatching(/model\.json and its shards written, float32\.$/),
    ]);
    const names = await readdir(at("out"));
    expect(names.sort()).toEqual(
      (await readdir(defaultWeights("denoise"))).filter((name) => name !== "README.md").sort(),
    );
    for (const name of names.filter((file) => file.endsWith(".bin"))) {
      const reference = await readFile(join(defaultWeights("denoise"), name));
      expect((await readFile(at("out", name))).equals(reference)).toBe(true);
    }
    const converted = await restore(picture, "denoise", { weights: at("out") });
    expect(converted.data).toStrictEqual((await restore(picture, "denoise")).data);
  });

  it.skipIf(absent !== "")(`--float16 halves it, --json tells it${absent}`, async () => {
    const args = ["convert", checkpoint, "half", "--float16", "--json"];
    const { exitCode, stdout, stderr } = await runCli(args, at());
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(lines(stdout)).toHaveLength(1);
    expect(JSON.parse(stdout)).toEqual({
      folder: "half",
      architecture: "NAFNet",
      config: expect.objectContaining({ width: 16, imgChannel: 3, encBlkNums: [1, 1, 2, 6] }),
      metadata: expect.objectContaining({
        source: {
          file: "denoise-mdta-w16.pth",
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      }),
      warnings: [],
    });
    expect(await bytesIn(at("half"))).toBe((await bytesIn(defaultWeights("denoise"))) / 2);
    const restorer = await createRestorer("denoise", { weights: at("half") });
    const { data } = await restorer.restore(picture);
    restorer.dispose();
    const exact = (await restore(picture, "denoise")).data;
    expect(psnr({ ...picture, data }, { ...picture, data: exact })).toBeGreaterThan(50);
  });

  const toy = skipReason(incompatible, "data/pth");
  it.skipIf(toy !== "")(`says how near a foreign network comes, exit code 1${toy}`, async () => {
    const { exitCode, stdout, stderr } = await runCli(["convert", incompatible, "toy"], at());
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
    expect(lines(stderr)).toHaveLength(1);
    expect(stderr).toMatch(/nearest architecture is NAFNet: \d+ of \d+ keys; missing \S+/);
    expect(stderr).toContain("unexpected ");
    expect(stderr).toContain("(MODEL_UNSUPPORTED)");
    expect(existsSync(at("toy"))).toBe(false);
  });

  it("a checkpoint that is not there: exit code 1", async () => {
    const { exitCode, stdout, stderr } = await runCli(["convert", "none.pth", "none"], at());
    expect(lines(stderr)).toEqual([expect.stringMatching(/none\.pth.*\(INPUT_NOT_FOUND\)$/)]);
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
    expect(existsSync(at("none"))).toBe(false);
  });

  it("is npm run convert-pth in a checkout, help and errors included", async () => {
    const help = await runTool("convert-pth/index.ts", ["--help"], at());
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toBe((await runCli(["convert", "--help"], at())).stdout);
    const { exitCode, stderr } = await runTool("convert-pth/index.ts", ["none.pth", "none"], at());
    expect(lines(stderr)).toEqual([expect.stringMatching(/none\.pth.*\(INPUT_NOT_FOUND\)$/)]);
    expect(exitCode).toBe(1);
  });
});
