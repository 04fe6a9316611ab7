/**
 * Makes docs/before-after.jpg anew: the examples before and after nafnet, side by side.
 *
 *     npm run examples
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../src/base/writeFileAtomic.ts";
import type { Raster } from "../../src/image/Raster.ts";
import { encodeImage } from "../../src/io/encodeImage.ts";
import { readImage } from "../../src/io/readImage.ts";
import { restore } from "../../src/restoration/restore.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const EXAMPLES = [
  ["portrait.png", "denoise"],
  ["garden.png", "deblur"],
] as const;
const GAP_PX = 8;

const pictures: Raster[] = [];
for (const [file, task] of EXAMPLES) {
  const { raster } = await readImage(join(root, "examples", file));
  const { width, height, data } = await restore(raster, task);
  pictures.push(raster, { width, height, channels: 3, bitDepth: 8, data });
}
const jpeg = await encodeImage(sideBySide(pictures), "jpeg");
await writeFileAtomic(join(root, "docs/before-after.jpg"), jpeg);

/** RGB pictures in a row on white, the highest as high as the row. */
function sideBySide(rasters: readonly Raster[]): Raster {
  const width = rasters.reduce((sum, raster) => sum + raster.width + GAP_PX, -GAP_PX);
  const height = Math.max(...rasters.map((raster) => raster.height));
  const data = new Uint8Array(width * height * 3).fill(255);
  let left = 0;
  for (const raster of rasters) {
    const rowLength = raster.width * 3;
    for (let y = 0; y < raster.height; y++) {
      const row = raster.data.subarray(y * rowLength, (y + 1) * rowLength);
      data.set(row, (y * width + left) * 3);
    }
    left += raster.width + GAP_PX;
  }
  return { width, height, channels: 3, bitDepth: 8, data };
}
