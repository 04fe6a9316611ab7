/** Options of a single restoration, and their check. */

import { invalidArgument, quoted } from "../base/errors.ts";
import type { ImageSource } from "../io/readImage.ts";
import { type Adjustments, checkAdjustments } from "./adjust.ts";

/** A stage of the work, and how far it is done. */
export interface Progress {
  /**
   * `load`: the picture is read, decoded and made into floats; then `restore`: the network runs, of which
   * nothing is told while it waits for another. A second run, because the result of the first has failed a
   * check, is not counted.
   */
  readonly phase: "load" | "restore";
  /** Share of the phase that is done, 0–1, never decreasing. */
  readonly fraction: number;
}

/** Options of {@link Restorer.restore}. */
export interface RestoreOptions extends Adjustments {
  /**
   * The mask for inpaint: a picture of the same size, painted where something is to be filled in: white or any bright
   * colour on black, or any colour on a transparent layer.
   */
  readonly mask?: ImageSource | undefined;
  /**
   * Whether the result is held to the picture it was made from: means that have moved, black, colours where
   * none were. A result that fails is made in a safer way or refused. `false` is for networks that are meant
   * to change them; values that are not numbers are refused all the same.
   * @default true
   */
  readonly checks?: boolean | undefined;
  /** The most pixels that a picture may have. @default 268,435,456 */
  readonly maxPixels?: number | undefined;
  /** Called as the work goes on. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Stops the work; the promise is rejected with the code `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws NafnetError `INVALID_ARGUMENT` */
export function checkRestoreOptions(options: RestoreOptions): void {
  checkAdjustments(options);
  const { checks } = options;
  if (checks === undefined || typeof checks === "boolean") return;
  throw invalidArgument("checks", "true or false", quoted(checks));
}
