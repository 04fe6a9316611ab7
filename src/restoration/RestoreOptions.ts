/** What may be asked of a single restoration. */

import { NafnetError } from "../base/errors.ts";
import { checkAdjustments } from "./adjust.ts";
import type { RestoreOptions } from "./Restorer.ts";

/** @throws NafnetError `INVALID_ARGUMENT` */
export function checkRestoreOptions(options: RestoreOptions): void {
  checkAdjustments(options);
  const { checks } = options;
  if (checks === undefined || typeof checks === "boolean") return;
  throw new NafnetError(
    "INVALID_ARGUMENT",
    `Expected true or false for checks but received ${JSON.stringify(checks)}.`,
  );
}
