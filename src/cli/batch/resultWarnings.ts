import { checkLine } from "../../restoration/checks/Check.ts";
import type { Receipt } from "../../restoration/Receipt.ts";

/** Lines for the user about a result: parts left out of the file, and the remedies of failed checks. */
export function resultWarnings(result: {
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
