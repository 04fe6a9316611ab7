/** What of a receipt the user should read without asking for it. */

import { checkLine } from "../checks/Check.ts";
import type { Receipt } from "../Receipt.ts";

/** What "auto" chose and from what, e.g. `, denoise: noise 24.8, blur 0.5`; nothing for other tasks. */
export function decisionOf({ analysis }: Receipt): string {
  if (analysis === null) return "";
  const { decision, noiseSigma, blurSigma } = analysis;
  return `, ${decision}: noise ${noiseSigma}, blur ${blurSigma ?? "unknown"}`;
}

/** What became of a result that failed its checks, in a line; undefined where all went well. */
export function warningOf({ retries }: Receipt): string | undefined {
  const steps = retries.map(({ way, strength, failed }) => {
    const remedy = way === "blend" ? `blended with the input, strength ${strength}` : "TLC off";
    return `${failed.map(checkLine).join("; ")}: ${remedy}`;
  });
  return steps.length === 0 ? undefined : `checks failed (${steps.join(", then ")}).`;
}
