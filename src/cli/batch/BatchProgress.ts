/** Before, reading the first picture weighs too much, and a bar would promise hours. */
const WARM_UP_MS = 3000;

/** How far a run is, and how long the rest takes: by pixels, since that is what a network's time goes with. */
export class Workload {
  private readonly now: () => number;
  private readonly startMs: number;
  /** Pixels of what is not settled yet, by picture. */
  private readonly open: Map<string, number>;
  /** The fraction that is done of those in work. */
  private readonly begun: Map<string, number> = new Map();
  private donePixels: number = 0;

  /**
   * @param pixels by picture
   * @param now milliseconds from any start
   */
  constructor(pixels: ReadonlyMap<string, number>, now: () => number = () => performance.now()) {
    this.open = new Map(pixels);
    this.now = now;
    this.startMs = now();
  }

  /** @param fraction of the picture, 0–1 */
  progress(picture: string, fraction: number): void {
    if (this.open.has(picture)) this.begun.set(picture, fraction);
  }

  /** @param failed counts neither as work that was done nor as work that is left */
  settle(picture: string, failed: boolean): void {
    if (!failed) this.donePixels += this.open.get(picture) ?? 0;
    this.open.delete(picture);
    this.begun.delete(picture);
  }

  /** 0–1 of the pixels. */
  get fraction(): number {
    const done = this.pixelsDone();
    const all = this.donePixels + sum(this.open.values());
    return all === 0 ? 0 : done / all;
  }

  /** At the speed so far; undefined in the first seconds, and before anything is done. */
  get remainingMs(): number | undefined {
    const { fraction } = this;
    const elapsedMs = this.now() - this.startMs;
    if (fraction === 0 || elapsedMs < WARM_UP_MS) return undefined;
    return (elapsedMs * (1 - fraction)) / fraction;
  }

  private pixelsDone(): number {
    const parts = [...this.begun].map(([picture, part]) => part * (this.open.get(picture) ?? 0));
    return this.donePixels + sum(parts);
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
