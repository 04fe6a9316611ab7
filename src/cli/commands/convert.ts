/** `nafnet convert`: PyTorch's checkpoint to a folder of weights. */

import { basename } from "node:path";
import { convertCheckpoint } from "../../weights/convertCheckpoint.ts";
import { readCheckpoint } from "../../weights/pytorch/readCheckpoint.ts";
import { writeWeights } from "../../weights/writeWeights.ts";
import type { JsonFlag } from "../flags/JsonFlag.ts";

/** Converts `file` to `folder`; tools/convert-pth runs it, too. */
export async function convert(
  file: string,
  folder: string,
  flags: JsonFlag & { readonly float16?: true },
): Promise<void> {
  const checkpoint = await readCheckpoint(file);
  const { weights, warnings } = convertCheckpoint(checkpoint, basename(file));
  await writeWeights(weights, folder, { float16: flags.float16 === true });
  const { network, metadata } = weights;
  if (flags.json) {
    const { architecture, config } = network;
    console.log(JSON.stringify({ folder, architecture, config, metadata, warnings }));
    return;
  }
  for (const warning of warnings) console.error(`nafnet: ${warning}`);
  console.log(`${file}: ${network.summary}`);
  console.log(
    `${folder}/model.json and its shards written, ${flags.float16 ? "float16" : "float32"}.`,
  );
}
