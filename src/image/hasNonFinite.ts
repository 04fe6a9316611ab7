import { chunks, type Interruptible, runAsync } from "../base/interruptible.ts";

/** Whether a value is NaN or infinite. The event loop is not held. */
export function hasNonFinite(values: Float32Array): Promise<boolean> {
  return runAsync(search(values));
}

function* search(values: Float32Array): Interruptible<boolean> {
  for (const [start, end] of chunks(values.length)) {
    for (let i = start; i < end; i++) {
      if (!Number.isFinite(values[i])) return true;
    }
    yield;
  }
  return false;
}
