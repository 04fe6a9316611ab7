import type { Raster } from "../../src/image/Raster.ts";

/** Blurs by a true Gaussian, cut at four standard deviations, borders replicated; rounded to 8 bits. */
export function gaussianBlur(raster: Raster, sigma: number): Raster {
  const { width, height, channels, data } = raster;
  const radius = Math.ceil(4 * sigma);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);

  /** Blurs along one axis: `size` values a line, `stride` apart. */
  const blurAxis = (from: ArrayLike<number>, size: number, stride: number): Float64Array => {
    const to = new Float64Array(from.length);
    for (let i = 0; i < to.length; i++) {
      const place = Math.floor(i / stride) % size;
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const neighbour = Math.min(Math.max(place + k, 0), size - 1);
        sum += weights[k + radius]! * from[i + (neighbour - place) * stride]!;
      }
      to[i] = sum / total;
    }
    return to;
  };

  const blurred = blurAxis(blurAxis(data, width, channels), height, width * channels);
  return { width, height, channels, bitDepth: 8, data: Uint8Array.from(blurred, Math.round) };
}
