/** How many runs are remembered. */
const REMEMBERED = 8;
/** A run says little of one that has this many times the work: small maps are computed at another speed. */
const COMPARABLE = 6;

/** What a plan's runs have taken: the best guess of what the next one will. */
export class RunTimes {
  private readonly runs: Array<{ readonly flops: number; readonly elapsedMs: number }> = [];

  note(flops: number, elapsedMs: number): void {
    this.runs.push({ flops, elapsedMs });
    if (this.runs.length > REMEMBERED) this.runs.shift();
  }

  /** From the run that is nearest in size, the latest of equals; undefined if there is none like it. */
  elapsedMs(flops: number): number | undefined {
    const distance = (run: { readonly flops: number }): number =>
      Math.abs(Math.log(run.flops / flops));
    const nearest = this.runs.reduce<(typeof this.runs)[number] | undefined>(
      (best, run) => (best === undefined || distance(run) <= distance(best) ? run : best),
      undefined,
    );
    if (nearest === undefined || distance(nearest) > Math.log(COMPARABLE)) return undefined;
    return (nearest.elapsedMs * flops) / nearest.flops;
  }
}
