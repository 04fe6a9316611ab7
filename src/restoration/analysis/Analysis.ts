/** The receipt's part about the task "auto". */

/** The choices of "auto". */
export type Decision = "denoise" | "deblur" | "nothing";

/** Noise and blur that the task "auto" measured of a picture, and its decision. */
export interface Analysis {
  /** Standard deviation of the noise in the green channel, of 255; texture counts as a little noise. */
  readonly noiseSigma: number;
  /**
   * Probability, 0–1, of noise that `noiseSigma` does not see, as cameras' is; null where that was not asked, since
   * `noiseSigma` is large, or where the picture is too small to tell.
   */
  readonly noiseProbability: number | null;
  /**
   * Standard deviation, in pixels, of the blur of the strongest edges, the share of lens and sensor
   * included; null where there are too few edges to tell.
   */
  readonly blurSigma: number | null;
  /** The task that was done, if any. */
  readonly decision: Decision;
  /** The decision's reason, a sentence with the figures and thresholds. */
  readonly reason: string;
}
