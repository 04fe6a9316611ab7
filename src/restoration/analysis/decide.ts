/** The decision of the task "auto", from a picture's noise and blur. */

import type { Analysis } from "./Analysis.ts";

/** Noise of this sigma and more is taken out. */
export const NOISE_THRESHOLD: number = 4.6;
/** Noise that the denoiser sees with this probability and more is taken out. */
const PROBABILITY_THRESHOLD = 0.33;
/** From this probability of noise on nothing is sharpened, since that would raise it. */
const UNSURE_THRESHOLD = 0.25;
/** Blur of this sigma in pixels and more is sharpened. */
const BLUR_THRESHOLD = 0.92;

type Figures = Pick<Analysis, "noiseSigma" | "noiseProbability" | "blurSigma">;
type Decided = Pick<Analysis, "decision" | "reason">;

/** Decides by a picture's figures. Noise goes first: it hides blur, and sharpening would raise it. */
export function decide({ noiseSigma, noiseProbability, blurSigma }: Figures): Decided {
  const probability = noiseProbability ?? 0;
  if (noiseSigma >= NOISE_THRESHOLD) {
    return {
      decision: "denoise",
      reason: `Noise of sigma ${noiseSigma}, from ${NOISE_THRESHOLD} on it is taken out.`,
    };
  }
  if (probability >= PROBABILITY_THRESHOLD) {
    return {
      decision: "denoise",
      reason: `The denoiser sees noise with a probability of ${probability}, from ${PROBABILITY_THRESHOLD} on it is taken out.`,
    };
  }
  const quiet = `Noise of sigma ${noiseSigma} is below ${NOISE_THRESHOLD}`;
  if (blurSigma === null) return nothing(`${quiet}, and there are no edges to judge blur by.`);
  const edges = `a blur of sigma ${blurSigma} pixels`;
  if (blurSigma < BLUR_THRESHOLD) {
    return nothing(`${quiet}, and edges are sharp: ${edges} is below ${BLUR_THRESHOLD}.`);
  }
  if (probability >= UNSURE_THRESHOLD) {
    return nothing(
      `Edges have ${edges}, but the denoiser sees noise with a probability of ${probability}, which sharpening would raise.`,
    );
  }
  return {
    decision: "deblur",
    reason: `${quiet}, edges have ${edges}, from ${BLUR_THRESHOLD} on they are sharpened.`,
  };
}

function nothing(reason: string): Decided {
  return { decision: "nothing", reason };
}
