/**
 * Long computations that leave the event loop its turn: a generator yields after each chunk of work, and is
 * run to its end at once, or with the event loop running after each yield.
 */

import { setImmediate } from "node:timers/promises";

/** A computation that yields where it can be interrupted. */
export type Interruptible<T> = Generator<void, T, void>;

/** Values of a chunk: some 5 ms of the loops over pixels. */
const CHUNK = 2 ** 19;

/** The ranges [start, end) that make up 0 to `count`. */
export function* chunks(count: number): Generator<readonly [start: number, end: number]> {
  for (let start = 0; start < count; start += CHUNK) yield [start, Math.min(count, start + CHUNK)];
}

/** Runs to the end without a pause. */
export function runSync<T>(computation: Interruptible<T>): T {
  for (;;) {
    const step = computation.next();
    if (step.done) return step.value;
  }
}

/** Runs to the end; the event loop runs after each yield. */
export async function runAsync<T>(computation: Interruptible<T>): Promise<T> {
  for (;;) {
    const step = computation.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}
