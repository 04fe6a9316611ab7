import { fileURLToPath } from "node:url";
import { colourToFloat } from "../src/image/colourToFloat.ts";
import { readImage } from "../src/io/readImage.ts";

const PHOTO = fileURLToPath(new URL("../examples/garden.png", import.meta.url));

/**
 * A photograph of any size: the example, mirrored over and over. Real content, because bfloat16's rounding and
 * a network's attention depend on it.
 *
 * @returns float32 [height, width, 3], values 0–1
 */
export async function testPicture(width: number, height: number): Promise<Float32Array> {
  const { raster } = await readImage(PHOTO);
  const photo = colourToFloat(raster);
  const columns = mirrored(width, raster.width);
  const rows = mirrored(height, raster.height);
  const picture = new Float32Array(width * height * 3);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * raster.width + column) * 3;
      picture[to++] = photo[from]!;
      picture[to++] = photo[from + 1]!;
      picture[to++] = photo[from + 2]!;
    }
  }
  return picture;
}

/** Indices mirrored at both ends: 0, 1, …, size − 1, size − 1, …, 1, 0, 0, 1, … */
function mirrored(count: number, size: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const place = i % (2 * size);
    return place < size ? place : 2 * size - 1 - place;
  });
}
