/** Time without an estimate: before, reading the first picture weighs too much, and a bar would promise hours. */
const WARM_UP_MS = 3000;

/** Progress of a batch and the time that is left: by pixels, which a network's time is proportional to. */
export class BatchProgress {
  private readonly now: () => number;
  private readonly startMs: number;
  /** Pixels of the pictures that are not finished yet. */
  private readonly unfinished: Map<string, number>;
  /** Fractions that are done of the pictures in work. */
  private readonly fractions: Map<string, number> = new Map();
  private donePixels: number = 0;

  /**
   * @param pixels by picture
   * @param now milliseconds from any start
   */
  constructor(pixels: ReadonlyMap<string, number>, now: () => number = () => performance.now()) {
    this.unfinished = new Map(pixels);
    this.now = now;
    this.startMs = now();
  }

  /** Sets the progress of a picture. @param fraction 0–1 */
  progress(picture: string, fraction: number): void {
    if (this.unfinished.has(picture)) this.fractions.set(picture, fraction);
  }

  /** Ends a picture. @param failed counts neither as work that was done nor as work that is left */
  finish(picture: string, failed: boolean): void {
    if (!failed) this.donePixels += this.unfinished.get(picture) ?? 0;
    this.unfinished.delete(picture);
    this.fractions.delete(picture);
  }

  /** Share of the pixels that is done, 0–1. */
  get fraction(): number {
    const done = this.pixelsDone();
    const all = this.donePixels + sum(this.unfinished.values());
    return all === 0 ? 0 : done / all;
  }

  /** Time that is left at the speed so far; undefined in the first seconds, and before anything is done. */
  get remainingMs(): number | undefined {
    const { fraction } = this;
    const elapsedMs = this.now() - this.startMs;
    if (fraction === 0 || elapsedMs < WARM_UP_MS) return undefined;
    return (elapsedMs * (1 - fraction)) / fraction;
  }

  private pixelsDone(): number {
    const parts = [...this.fractions].map(
      ([picture, part]) => part * (this.unfinished.get(picture) ?? 0),
    );
    return this.donePixels + sum(parts);
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
