import type { NafnetError } from "./errors.ts";

/**
 * The lifetime of something that calls use: freed at once when it ends, or at the end of the last call that
 * is at work by then. Calls after the end are refused.
 */
export class Lifetime {
  private readonly free: () => void;
  private readonly disposedError: () => NafnetError;
  private calls: number = 0;
  private ended: boolean = false;

  /**
   * @param free called once, when the end has come and no call is at work
   * @param disposedError makes the error of calls after the end
   */
  constructor(free: () => void, disposedError: () => NafnetError) {
    this.free = free;
    this.disposedError = disposedError;
  }

  /** @throws the error of calls after the end; whatever the work throws */
  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.ended) throw this.disposedError();
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
