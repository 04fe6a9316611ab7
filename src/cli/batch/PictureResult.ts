/** The result of one picture of a batch, and its line of output. */

import type { NafnetError } from "../../base/errors.ts";
import type { Receipt } from "../../restoration/Receipt.ts";

/** A picture that was restored, or why it was not; part of --json's object. */
export type PictureResult = RestoredPicture | FailedPicture;

/** A picture whose result is written. */
interface RestoredPicture {
  readonly input: string;
  readonly output: string;
  readonly width: number;
  readonly height: number;
  /** Reading, network and writing together, and the wait for the pictures before it. */
  readonly elapsedMs: number;
  /** Parts of the input that are not in the output, and why. */
  readonly notes: readonly string[];
  /** The record of how the network ran. */
  readonly receipt: Receipt;
}

/** A picture without a result. */
export interface FailedPicture {
  readonly input: string;
  readonly error: { readonly code: string; readonly message: string };
}

/** The result of a picture that failed. */
export function failedPicture(input: string, { code, message }: NafnetError): FailedPicture {
  return { input, error: { code, message } };
}

/** The line that is printed for a picture. */
export function resultLine(result: PictureResult): string {
  if ("error" in result) {
    const { code, message } = result.error;
    const text = message.includes(result.input) ? message : `${result.input}: ${message}`;
    return `nafnet: ${text} (${code})`;
  }
  const { input, output, width, height, elapsedMs, receipt } = result;
  const seconds = (elapsedMs / 1000).toFixed(1);
  return `${input} -> ${output} (${width}x${height}, ${seconds} s${decisionText(receipt)})`;
}

/** The choice of "auto" and its figures, e.g. `, denoise: noise 24.8, blur 0.5`; nothing for other tasks. */
function decisionText({ analysis }: Receipt): string {
  if (analysis === null) return "";
  const { decision, noiseSigma, noiseProbability, blurSigma } = analysis;
  const probability = noiseProbability === null ? "" : ` (probability ${noiseProbability})`;
  return `, ${decision}: noise ${noiseSigma}${probability}, blur ${blurSigma ?? "unknown"}`;
}
