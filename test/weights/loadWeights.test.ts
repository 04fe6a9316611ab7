/** Weights from folders and checkpoints, and those that are shipped. */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/sha256.ts";
import { loadWeights } from "../../src/weights/loadWeights.ts";
import { readWeights } from "../../src/weights/readWeights.ts";
import type { Weights } from "../../src/weights/Weights.ts";
import { writeWeights } from "../../src/weights/writeWeights.ts";
import { useBackend } from "../parity/backends.ts";
import { rejectionOf } from "../support/errors.ts";
import { useFolders } from "../support/folders.ts";
import { TINY_MDTA, weightsOf } from "../support/networks.ts";

const newFolder = useFolders();
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

beforeAll(() => useBackend("wasm"));

describe("loadWeights", () => {
  it("takes a folder and its model.json", async () => {
    const folder = await newFolder();
    const written = weightsOf(TINY_MDTA);
    await writeWeights(written, folder);
    for (const path of [folder, `${folder}/`, join(folder, "model.json")]) {
      const { weights, warnings } = await loadWeights(path);
      expect(warnings).toEqual([]);
      expect(weights.metadata).toEqual(written.metadata);
      expect(weights.network.config).toEqual(TINY_MDTA);
      expect(weights.tensors).toEqual(written.tensors);
    }
  });

  it("refuses a file that is no checkpoint", async () => {
    const file = join(await newFolder(), "weights.pth");
    await writeFile(file, "hello");
    const error = await rejectionOf(loadWeights(file));
    expect(error.code).toMatch(/^CHECKPOINT_/);
    expect(error.message).toContain(file);
  });
});

const shipped = [
  { task: "denoise", file: "denoise-mdta-w16.pth", attention: "mdta" },
  { task: "deblur", file: "deblur-sca-w16.pth", attention: "sca" },
] as const;

describe.each(shipped)("the shipped weights for $task", ({ task, file, attention }) => {
  const folder = pathOf(`../../weights/${task}`);
  const checkpoint = pathOf(`../../../shared/checkpoints/${file}`);

  it("are whole and say where they come from", async () => {
    const { network, tensors, metadata }: Weights = await readWeights(folder);
    expect(network.config).toMatchObject({
      imgChannel: 3,
      width: 16,
      encBlkNums: [1, 1, 2, 6],
      middleBlkNum: 2,
      decBlkNums: [1, 1, 1, 1],
      attention: { kind: attention },
    });
    expect(metadata).toMatchObject({ task, license: "MIT", tlc: false, source: { file } });
    expect(metadata.source.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(metadata.training).toMatch(/\d+ patches/);
    for (const [name, { data }] of tensors) {
      expect([name, data.every(Number.isFinite)]).toEqual([name, true]);
    }
  });

  const missing = existsSync(checkpoint) ? "" : ` (skipped: no ${file} in ../shared/checkpoints)`;
  it.skipIf(missing !== "")(`are ${file}, converted${missing}`, async () => {
    const { weights, warnings } = await loadWeights(checkpoint);
    const folderWeights = await readWeights(folder);
    expect(warnings).toEqual([]);
    expect(weights.metadata.source).toEqual(folderWeights.metadata.source);
    expect(weights.network.config).toEqual(folderWeights.network.config);
    expect([...weights.tensors.keys()]).toEqual([...folderWeights.tensors.keys()]);
    for (const [name, { shape, data }] of weights.tensors) {
      const other = folderWeights.tensors.get(name)!; // the same keys
      expect([name, other.shape]).toEqual([name, shape]);
      expect([name, hashOf(other.data)]).toEqual([name, hashOf(data)]);
    }
  });
});

function hashOf(data: Float32Array): string {
  return sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
