/** Passes an engine's progress on to the caller's callback: fractions rise, and errors of the callback are told apart. */
export class ProgressRelay {
  private readonly onProgress: ((fraction: number) => void) | undefined;
  private readonly signal: AbortSignal | undefined;
  private last: number = 0;
  private thrown: { readonly error: unknown } | undefined;

  constructor(
    onProgress: ((fraction: number) => void) | undefined,
    signal: AbortSignal | undefined,
  ) {
    this.onProgress = onProgress;
    this.signal = signal;
  }

  /**
   * Passes on a fraction, 0–1, unless it is no news or the run is ending.
   *
   * @throws the callback's error, which ends the run
   */
  report(fraction: number): void {
    if (fraction <= this.last || this.signal?.aborted || this.thrown !== undefined) return;
    this.last = fraction;
    try {
      this.onProgress?.(fraction);
    } catch (error) {
      this.thrown = { error };
      throw error;
    }
  }

  /** Throws the callback's error, unchanged, if there was one. */
  rethrow(): void {
    if (this.thrown !== undefined) throw this.thrown.error;
  }
}
