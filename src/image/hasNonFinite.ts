import { chunks, type Interruptible, runAsync } from "../base/interruptible.ts";

/** Tells whether a value is NaN or infinite. The event loop runs meanwhile. */
export function hasNonFinite(values: Float32Array): Promise<boolean> {
  return runAsync(findNonFinite(values));
}

function* findNonFinite(values: Float32Array): Interruptible<boolean> {
  for (const [start, end] of chunks(values.length)) {
    for (let i = start; i < end; i++) {
      if (!Number.isFinite(values[i])) return true;
    }
    yield;
  }
  return false;
}
