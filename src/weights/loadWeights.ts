import { basename, dirname } from "node:path";
import { isFolder } from "../base/isFolder.ts";
import type { Converted } from "./convertCheckpoint.ts";
import { readWeights } from "./readWeights.ts";

/**
 * Loads weights from a folder that nafnet wrote, or from a checkpoint of PyTorch or in safetensors.
 *
 * @param path a folder with a model.json, that model.json, or a checkpoint, which is converted in memory
 * @throws NafnetError `INPUT_NOT_FOUND` and what reading either kind throws
 */
export async function loadWeights(path: string): Promise<Converted> {
  if (await isFolder(path, "a folder of weights or a .pth checkpoint"))
    return { weights: await readWeights(path), warnings: [] };
  if (basename(path) === "model.json") return loadWeights(dirname(path));
  // Only now: reading zips and pickles is 20 ms of imports that a start from model.json does without.
  const { readCheckpoint } = await import("./pytorch/readCheckpoint.ts");
  const { convertCheckpoint } = await import("./convertCheckpoint.ts");
  return convertCheckpoint(await readCheckpoint(path), basename(path));
}
