/** What of a receipt the user should read without asking for it. */

import { checkLine } from "../../restoration/checks/Check.ts";
import type { Receipt } from "../../restoration/Receipt.ts";

/** What "auto" chose and from what, e.g. `, denoise: noise 24.8, blur 0.5`; nothing for other tasks. */
export function decisionOf({ analysis }: Receipt): string {
  if (analysis === null) return "";
  const { decision, noiseSigma, blurSigma } = analysis;
  return `, ${decision}: noise ${noiseSigma}, blur ${blurSigma ?? "unknown"}`;
}

/** What was left out of the file, and what became of a result that failed its checks: a line each. */
export function warningsOf(result: {
  readonly notes: readonly string[];
  readonly receipt: Receipt;
}): string[] {
  const { retries } = result.receipt;
  const steps = retries.map(({ way, strength, failed }) => {
    const remedy = way === "blend" ? `blended with the input, strength ${strength}` : "TLC off";
    return `${failed.map(checkLine).join("; ")}: ${remedy}`;
  });
  const failed = steps.length === 0 ? [] : [`checks failed (${steps.join(", then ")}).`];
  return [...result.notes, ...failed];
}
