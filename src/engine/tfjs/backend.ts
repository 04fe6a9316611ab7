/** The tfjs backend that the tfjs engine runs on: the caller's choice, or the fastest that is installed. */

import * as tf from "@tensorflow/tfjs-core";
import { messageOf, NafnetError } from "../../base/errors.ts";

/** Reasons why backends that might have been faster are not used, by package; for `nafnet doctor`. */
type SkippedBackends = ReadonlyMap<string, string>;

const TFJS_NODE = "@tensorflow/tfjs-node";

let skipped: Promise<SkippedBackends> | undefined;

/**
 * Makes a backend active unless the caller already has: @tensorflow/tfjs-node if it is installed, then
 * wasm, then cpu.
 *
 * @throws NafnetError `ENGINE_UNAVAILABLE`
 */
export async function readyBackend(): Promise<{ name: string; skipped: SkippedBackends }> {
  skipped ??= register();
  const reasons = await skipped;
  try {
    await tf.ready(); // keeps an active backend; otherwise the registered one of highest priority
  } catch (error) {
    throw new NafnetError(
      "ENGINE_UNAVAILABLE",
      `No tfjs backend starts here: ${messageOf(error)}`,
      error,
    );
  }
  return { name: tf.getBackend(), skipped: reasons };
}

/** Importing a backend registers it with tfjs-core. */
async function register(): Promise<SkippedBackends> {
  const reasons = new Map<string, string>();
  if (hasBackend()) return reasons;
  const backends: ReadonlyArray<[string, () => Promise<unknown>]> = [
    // Optional, and not installed here as a rule: the name in a variable keeps bundlers from resolving it.
    [TFJS_NODE, (name: string = TFJS_NODE) => import(name)],
    ["@tensorflow/tfjs-backend-wasm", () => import("@tensorflow/tfjs-backend-wasm")],
    ["@tensorflow/tfjs-backend-cpu", () => import("@tensorflow/tfjs-backend-cpu")],
  ];
  for (const [name, load] of backends) {
    try {
      await load();
    } catch (error) {
      reasons.set(name, whyNot(name, error));
    }
  }
  return reasons;
}

function whyNot(name: string, error: unknown): string {
  const missing =
    error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
  if (!missing) return messageOf(error).split("\n")[0] ?? "";
  const remedy = name === TFJS_NODE ? "npx nafnet-tfjs-node builds it on Linux x64" : "npm install";
  return `not installed; ${remedy}`;
}

/** Whether the caller has chosen a backend; asking tf.getBackend() would start one. */
function hasBackend(): boolean {
  return tf.engine().backendName !== undefined && tf.engine().backendName !== null;
}
