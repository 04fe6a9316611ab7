/** Options of `createRestorer`: weights, engine and TLC, and their check. */

import { invalidArgument, quoted } from "../base/errors.ts";
import type { EngineName } from "../engine/Engine.ts";
import { checkEngineOptions, type EngineOptions } from "../engine/EngineOptions.ts";

/** Options of {@link createRestorer}. */
export interface RestorerOptions extends EngineOptions {
  /** A folder that `nafnet convert` wrote, or a checkpoint of PyTorch or in safetensors. @default the package's own weights */
  readonly weights?: string | undefined;
  /** The engine that runs the network. @default the fastest that runs here */
  readonly engine?: EngineName | undefined;
  /**
   * Test-time local converter: means over windows of 384 pixels instead of the whole picture, for
   * weights evaluated that way, such as the published GoPro and REDS ones. `"auto"`: as the weights say.
   * Where a result fails a check, TLC is switched off for that picture, and its receipt says so.
   * @default "auto"
   */
  readonly tlc?: boolean | "auto" | undefined;
  /** Stops the loading; the promise is rejected with the code `ABORTED`, and nothing stays loaded. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws NafnetError `INVALID_ARGUMENT` */
export function checkRestorerOptions(options: RestorerOptions): void {
  checkEngineOptions(options);
  const { tlc } = options;
  if (tlc === undefined || tlc === "auto" || typeof tlc === "boolean") return;
  throw invalidArgument("tlc", 'true, false or "auto"', quoted(tlc));
}
