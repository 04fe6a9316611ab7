/**
 * EXIF orientation, applied to pixels.
 */
import type { Raster } from "./Raster.ts";

/** EXIF tag 0x0112: 1 upright, 2-4 mirrored or turned by 180°, 5-8 with rows and columns swapped. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/**
 * Turns a raster upright.
 *
 * @param raster as stored; not changed
 * @param orientation the EXIF value that says how it is stored (EXIF 2.32, section 4.6.4 A)
 * @returns the same raster for 1, else a new one; width and height are swapped for 5-8
 */
export function applyOrientation(raster: Raster, orientation: Orientation): Raster {
  if (orientation === 1) return raster;
  const { channels, data } = raster;
  const [width, height] =
    orientation >= 5 ? [raster.height, raster.width] : [raster.width, raster.height];
  const [first, perX, perY] = walk(orientation, raster.width, raster.height);
  const out = data.slice();
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (first + x * perX + y * perY) * channels;
      for (let channel = 0; channel < channels; channel++) out[to++] = data[from + channel]!;
    }
  }
  return { ...raster, width, height, data: out };
}

/** The stored pixel that becomes the upright (0, 0), and the steps from it for each x and y. */
function walk(orientation: Orientation, w: number, h: number): [number, number, number] {
  switch (orientation) {
    case 1:
      return [0, 1, w];
    case 2:
      return [w - 1, -1, w];
    case 3:
      return [w * h - 1, -1, -w];
    case 4:
      return [w * (h - 1), 1, -w];
    case 5:
      return [0, w, 1];
    case 6:
      return [w * (h - 1), -w, 1];
    case 7:
      return [w * h - 1, -w, -1];
    case 8:
      return [w - 1, w, -1];
  }
}
