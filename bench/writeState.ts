/** A network's weights for peers/network.py: PyTorch's names and layouts, values in one file. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pytorchShape, toPytorchLayout } from "../src/graph/pytorchLayout.ts";
import { CACHE_FOLDER } from "./cacheFolder.ts";
import type { LoadedModel } from "./models.ts";

/**
 * Writes the weights into the cache, unless the same are there already.
 *
 * @returns the JSON file; its name changes with what is in it
 */
export async function writeState(id: string, model: LoadedModel): Promise<string> {
  const { network, config, weights } = model;
  const parts = network.parameters.map((parameter) => {
    const tensor = weights.get(parameter.name);
    if (tensor === undefined) throw new Error(`No weight ${parameter.name}.`);
    return toPytorchLayout(parameter, tensor.data);
  });
  const values = Buffer.concat(parts.map((p) => Buffer.from(p.buffer, p.byteOffset, p.byteLength)));
  const { attention } = config;
  const head = JSON.stringify({
    // Named as in tools/parity/reference.py.
    config: {
      img_channel: config.imgChannel,
      width: config.width,
      middle_blk_num: config.middleBlkNum,
      enc_blk_nums: config.encBlkNums,
      dec_blk_nums: config.decBlkNums,
      attention: attention.kind,
      mdta_heads: attention.kind === "mdta" ? attention.heads : 1,
      mdta_bias: attention.kind === "mdta" && attention.useBias,
    },
    tensors: network.parameters.map((p) => ({ name: p.pytorchName, shape: pytorchShape(p) })),
  });
  const hash = createHash("sha256").update(head).update(values).digest("hex").slice(0, 12);
  const stem = join(CACHE_FOLDER, `${id}-${hash}`);
  if (existsSync(`${stem}.json`)) return `${stem}.json`;
  await mkdir(CACHE_FOLDER, { recursive: true });
  await writeFile(`${stem}.bin.${process.pid}`, values);
  await rename(`${stem}.bin.${process.pid}`, `${stem}.bin`);
  await writeFile(`${stem}.json`, head); // the last, so that it stands for both
  return `${stem}.json`;
}
