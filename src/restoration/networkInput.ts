import { runAsync } from "../base/interruptible.ts";
import { colourToFloatChunks } from "../image/colourToFloat.ts";
import type { FloatImage } from "../image/FloatImage.ts";
import { fillTransparent } from "../image/fillTransparent.ts";
import type { Raster } from "../image/Raster.ts";
import { addMaskChannel } from "./inpaint/maskChannel.ts";
import { checkNoMask, readMask } from "./inpaint/readMask.ts";
import type { RestoreOptions } from "./RestoreOptions.ts";
import type { Task } from "./tasks.ts";

interface NetworkInput {
  readonly input: FloatImage;
  /** Sentences for the user about the mask. */
  readonly notes: readonly string[];
}

/**
 * A picture as the network reads it: float RGB, colour also where it is transparent, and for inpaint the mask
 * as a fourth channel.
 *
 * @param alpha the picture's, see `alphaOf`
 * @throws NafnetError `INVALID_ARGUMENT` for a mask that is missing, not wanted or of another size, `INPUT_…`
 */
export async function networkInput(
  task: Task,
  raster: Raster,
  alpha: Raster | undefined,
  options: RestoreOptions,
): Promise<NetworkInput> {
  const { width, height } = raster;
  const colour = await runAsync(colourToFloatChunks(raster));
  if (alpha !== undefined) await runAsync(fillTransparent(colour, alpha));
  if (task !== "inpaint") {
    checkNoMask(task, options);
    return { input: { width, height, channels: 3, data: colour }, notes: [] };
  }
  const { data: holes, notes } = await readMask(raster, options);
  const data = await runAsync(addMaskChannel(colour, holes));
  return { input: { width, height, channels: 4, data }, notes };
}
