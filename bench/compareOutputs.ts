import { readFile } from "node:fs/promises";
import type { Layout } from "./protocol.ts";

/** An engine's result in a file, float32. */
export interface Saved {
  readonly path: string;
  readonly layout: Layout;
}

/** The difference of a result from the reference's. */
export interface Difference {
  readonly maxAbs: number;
  /** PSNR in dB, for values 0–1; null if nothing differs. */
  readonly psnr: number | null;
}

/** Compares two results. @throws Error if they are not of one size, or a value is not a number */
export async function compareOutputs(result: Saved, reference: Saved): Promise<Difference> {
  const a = await read(result);
  const b = await read(reference);
  if (a.length !== b.length) throw new Error(`it gave ${a.length} values instead of ${b.length}`);
  let maxAbs = 0;
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(difference)) throw new Error(`value ${i} of its result is ${a[i]}`);
    maxAbs = Math.max(maxAbs, difference);
    squares += difference * difference;
  }
  const psnr = squares > 0 ? -10 * Math.log10(squares / a.length) : null;
  return { maxAbs, psnr };
}

/** Reads a result as [height, width, 3]. */
async function read({ path, layout }: Saved): Promise<Float32Array> {
  const bytes = await readFile(path);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  if (layout === "nhwc") return values;
  const pixels = values.length / 3;
  const interleaved = new Float32Array(values.length);
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < pixels; i++) interleaved[3 * i + c] = values[c * pixels + i]!;
  }
  return interleaved;
}
