/** The receipt's part about the task "auto". */

/** What "auto" chooses between. */
export type Decision = "denoise" | "deblur" | "nothing";

/** What the task "auto" measured of a picture, and what it decided. */
export interface Analysis {
  /** Standard deviation of the noise in the green channel, of 255; texture counts as a little noise. */
  readonly noiseSigma: number;
  /**
   * Standard deviation, in pixels, of the blur of the strongest edges, what any lens and sensor do
   * included; null where there are too few edges to tell.
   */
  readonly blurSigma: number | null;
  /** What was done. */
  readonly decision: Decision;
  /** The decision's reason, a sentence with the figures and thresholds. */
  readonly reason: string;
}
