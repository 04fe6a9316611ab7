/**
 * Loops over pixels in pieces, so that the event loop has its turn between them: the loop is written once
 * as a generator that yields after each piece, and run at once or in turns.
 */

import { setImmediate } from "node:timers/promises";

/** A computation that yields where it can be interrupted. */
export type Work<T> = Generator<void, T, void>;

/** About 5 ms of the loops that there are. */
const PIECE = 2 ** 19;

/** The ranges [start, end) that make up 0 to `count`. */
export function* pieces(count: number): Generator<readonly [start: number, end: number]> {
  for (let start = 0; start < count; start += PIECE) yield [start, Math.min(count, start + PIECE)];
}

/** Runs to the end without a pause. */
export function atOnce<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Runs to the end, the event loop having its turn after each piece. */
export async function inTurns<T>(work: Work<T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}
