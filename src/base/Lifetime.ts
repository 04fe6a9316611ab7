/** When something that several calls use may be freed: at once, or at the end of the last of them. */

import { NafnetError } from "./errors.ts";

/** Of a restorer: its calls, and its end. */
export class Lifetime {
  private readonly free: () => void;
  private calls: number = 0;
  private ended: boolean = false;

  /** @param free called once, when the end has come and no call is at work */
  constructor(free: () => void) {
    this.free = free;
  }

  /** @throws NafnetError `INVALID_ARGUMENT` after the end; whatever the work throws */
  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.ended) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        "Expected a restorer with its weights but it has been disposed; create another.",
      );
    }
    this.calls++;
    try {
      return await work();
    } finally {
      this.calls--;
      if (this.ended && this.calls === 0) this.free();
    }
  }

  /** Doing it again does nothing. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (this.calls === 0) this.free();
  }
}
