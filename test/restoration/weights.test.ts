/** The weights of restore() and createRestorer(): the choice, reading them anew, freeing them. */

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { createRestorer, restore } from "../../src/index.ts";
import { defaultWeights } from "../../src/restoration/tasks.ts";
import { scene, withNoise } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { writeTinyWeights } from "../support/tinyWeights.ts";

const at = temporaryFolder();
/** Whose tensors can be counted. */
const engine = "tfjs";
const picture = withNoise(scene(40, 24), 25);
const checkpoints = fileURLToPath(new URL("../../../shared/checkpoints/", import.meta.url));

/** The picture restored with the weights, with nothing kept. */
async function afresh(weights: string): Promise<Uint8Array | Uint16Array> {
  const restorer = await createRestorer("denoise", { engine, weights });
  const { data } = await restorer.restore(picture);
  restorer.dispose();
  return data;
}

/** Weights of the given name in a folder of that name. */
async function folderOf(seed: string): Promise<string> {
  const folder = at(seed);
  await writeTinyWeights(folder, { seed });
  return folder;
}

describe("restore keeps what it has read", () => {
  it("and needs the shards only once", async () => {
    const weights = await folderOf("once");
    const { data } = await restore(picture, "denoise", { engine, weights });
    const shards = (await readdir(weights)).filter((name) => name.endsWith(".bin"));
    expect(shards.length).toBeGreaterThan(0);
    for (const shard of shards) await rm(at("once", shard));
    expect((await restore(picture, "denoise", { engine, weights })).data).toStrictEqual(data);
    await expect(createRestorer("denoise", { engine, weights })).rejects.toMatchObject({
      code: "WEIGHTS_CORRUPT",
    });
  });

  it("but reads weights anew that were written anew", async () => {
    const weights = await folderOf("first");
    const first = await restore(picture, "denoise", { engine, weights });
    await writeTinyWeights(weights, { seed: "second" });
    const second = await restore(picture, "denoise", { engine, weights });
    expect(second.data).not.toStrictEqual(first.data);
    expect(second.data).toStrictEqual(await afresh(weights));
  });

  it("also where files were overwritten in place", async () => {
    const weights = await folderOf("overwritten");
    const first = await restore(picture, "denoise", { engine, weights });
    const source = await folderOf("overwriting");
    // What cp does: the folder's own time stays as it was.
    for (const file of await readdir(source)) {
      await writeFile(at("overwritten", file), await readFile(at("overwriting", file)));
    }
    const second = await restore(picture, "denoise", { engine, weights });
    expect(second.data).not.toStrictEqual(first.data);
    expect(second.data).toStrictEqual(await afresh(at("overwriting")));
  });

  it("and does not keep a failure", async () => {
    const weights = at("later");
    await expect(restore(picture, "denoise", { engine, weights })).rejects.toMatchObject({
      code: "INPUT_NOT_FOUND",
    });
    await folderOf("later");
    expect((await restore(picture, "denoise", { engine, weights })).width).toBe(40);
  });

  it("frees the weights that were used least recently, and none in use", async () => {
    const seeds = ["a", "b", "c", "d", "e", "f", "g"];
    const folders = await Promise.all(seeds.map(folderOf));
    const alone = [];
    for (const weights of folders) alone.push(await afresh(weights));

    for (const weights of folders.slice(0, 3))
      await restore(picture, "denoise", { engine, weights });
    const full = tf.memory().numTensors; // three restorers
    const together = await Promise.all(
      folders.map((weights) => restore(picture, "denoise", { engine, weights })),
    );
    expect(together.map(({ data }) => data)).toStrictEqual(alone);
    await new Promise((resolve) => setTimeout(resolve));
    expect(tf.memory().numTensors).toBe(full);
  });
});

it("thirty pictures leave no tensor behind", async () => {
  const weights = await folderOf("thirty");
  const task = "denoise";
  await restore(picture, task, { engine, weights });
  const before = tf.memory().numTensors;
  for (let i = 0; i < 30; i++) await restore(scene(9 + i, 40 - i), task, { engine, weights });
  expect(tf.memory().numTensors).toBe(before);
});

it("a restorer frees its weights", async () => {
  const weights = await folderOf("freed");
  const before = tf.memory().numTensors;
  const restorer = await createRestorer("denoise", { engine, weights });
  await restorer.restore(picture);
  expect(tf.memory().numTensors).toBeGreaterThan(before);
  restorer.dispose();
  expect(tf.memory().numTensors).toBe(before);
  restorer.dispose(); // again, which does nothing
  await expect(restorer.restore(picture)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining("has been disposed"),
  });
});

describe("weights that are not there or not whole", () => {
  it("no such path", async () => {
    await expect(
      createRestorer("denoise", { engine, weights: at("nowhere") }),
    ).rejects.toMatchObject({
      code: "INPUT_NOT_FOUND",
      message: expect.stringContaining(at("nowhere")),
    });
  });

  it("a folder without weights", async () => {
    await mkdir(at("empty"));
    await expect(createRestorer("denoise", { engine, weights: at("empty") })).rejects.toMatchObject(
      {
        code: "WEIGHTS_MISSING",
        message: expect.stringContaining("model.json"),
      },
    );
  });

  it("a shard with one bit changed", async () => {
    const weights = await folderOf("bit");
    const shard = at("bit", "group1-shard1of1.bin");
    const bytes = await readFile(shard);
    bytes[100]! ^= 1;
    await writeFile(shard, bytes);
    await expect(restore(picture, "denoise", { engine, weights })).rejects.toMatchObject({
      code: "WEIGHTS_CORRUPT",
      message: expect.stringMatching(/SHA-256.*group1-shard1of1\.bin/),
    });
  });

  it("a model.json cut short", async () => {
    const weights = await folderOf("short");
    const text = await readFile(at("short", "model.json"));
    await writeFile(at("short", "model.json"), text.subarray(0, text.length / 2));
    await expect(restore(picture, "denoise", { engine, weights })).rejects.toMatchObject({
      code: "WEIGHTS_CORRUPT",
    });
  });

  it("a file that is no checkpoint", async () => {
    await writeFile(at("text.pth"), "not a checkpoint");
    await expect(
      restore(picture, "denoise", { engine, weights: at("text.pth") }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^CHECKPOINT_/),
      message: expect.stringContaining("text.pth"),
    });
  });
});

it("a folder's model.json stands for the folder", async () => {
  const folder = await folderOf("named");
  const weights = at("named", "model.json");
  expect(await afresh(weights)).toStrictEqual(await afresh(folder));
});

describe("tlc", () => {
  it("is refused for weights without simplified channel attention", async () => {
    await expect(restore(picture, "denoise", { tlc: true })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/^TLC .*MDTA.*leave tlc out\.$/),
    });
    expect((await restore(picture, "denoise", { tlc: false })).width).toBe(40);
  });

  it("changes nothing in a picture smaller than the window, and something in a larger one", async () => {
    const small = scene(40, 24);
    const wide = scene(448, 16);
    const [off, on] = await Promise.all([
      createRestorer("deblur", { tlc: false }),
      createRestorer("deblur", { tlc: true }),
    ]);
    const difference = async (source: typeof small): Promise<number> => {
      const a = await (await off.restore(source)).toTensor<tf.Tensor3D>();
      const b = await (await on.restore(source)).toTensor<tf.Tensor3D>();
      const most = tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
      tf.dispose([a, b]);
      return most;
    };
    expect(await difference(small)).toBeLessThan(1e-5);
    expect(await difference(wide)).toBeGreaterThan(1e-4);
    off.dispose();
    on.dispose();
  });
});

describe("PyTorch's checkpoints give what the default weights give", () => {
  const cases = [
    ["denoise", "denoise-mdta-w16.pth"],
    ["deblur", "deblur-sca-w16.pth"],
  ] as const;
  for (const [task, file] of cases) {
    const path = `${checkpoints}${file}`;
    const missing = existsSync(path) ? "" : ` (skipped: no ../shared/checkpoints/${file})`;
    it.skipIf(missing !== "")(`${task}${missing}`, async () => {
      const converted = await restore(picture, task);
      const direct = await restore(picture, task, { weights: path });
      expect(direct.data).toStrictEqual(converted.data);
      const named = await restore(picture, task, { weights: defaultWeights(task) });
      expect(named.data).toStrictEqual(converted.data);
    });
  }
});
