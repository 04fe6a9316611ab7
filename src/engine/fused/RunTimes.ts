/** Runs that are remembered. */
const REMEMBERED_RUNS = 8;
/** A run says little of one that has this many times the work: small maps are computed at another speed. */
const COMPARABLE_RATIO = 6;

/** A run's work and the time that it took. */
interface RunTime {
  readonly flops: number;
  readonly elapsedMs: number;
}

/** Times of a plan's last runs: the best guess of the next one's. */
export class RunTimes {
  private readonly runs: RunTime[] = [];

  record(flops: number, elapsedMs: number): void {
    this.runs.push({ flops, elapsedMs });
    if (this.runs.length > REMEMBERED_RUNS) this.runs.shift();
  }

  /** From the run that is nearest in size, the latest of equals; undefined if there is none like it. */
  elapsedMs(flops: number): number | undefined {
    const distance = (run: RunTime): number => Math.abs(Math.log(run.flops / flops));
    const nearest = this.runs.reduce<RunTime | undefined>(
      (best, run) => (best === undefined || distance(run) <= distance(best) ? run : best),
      undefined,
    );
    if (nearest === undefined || distance(nearest) > Math.log(COMPARABLE_RATIO)) return undefined;
    return (nearest.elapsedMs * flops) / nearest.flops;
  }
}
