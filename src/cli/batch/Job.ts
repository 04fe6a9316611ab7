/** One picture to restore. */
export interface Job {
  readonly input: string;
  readonly output: string;
  /** The folder of the results that this one is among; no output leaves it. */
  readonly root: string;
}
