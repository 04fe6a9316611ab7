/** The tfjs backend that the tfjs engine runs on: the caller's choice, or the fastest that is installed. */

import * as tf from "@tensorflow/tfjs-core";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { gpu, loadTensorflow } from "./loadTensorflow.ts";

/** The name of the backend `tensorflow` where it computes on a GPU. */
export const TENSORFLOW_ON_GPU = "tensorflow on a GPU";

/** Reasons why backends that might have been faster are not used, by package; for `nafnet doctor`. */
type SkippedBackends = ReadonlyMap<string, string>;

const TFJS_NODE_GPU = "@tensorflow/tfjs-node-gpu";
const TFJS_NODE = "@tensorflow/tfjs-node";

const NO_GPU = "TensorFlow finds none that it can use; TF_CPP_MIN_LOG_LEVEL=0 makes it say why";

let skipped: Promise<SkippedBackends> | undefined;

/**
 * Makes a backend active unless the caller already has: @tensorflow/tfjs-node-gpu if it is installed, then
 * @tensorflow/tfjs-node, then wasm, then cpu.
 *
 * @returns the backend's name, which is tfjs's or {@link TENSORFLOW_ON_GPU}
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
  switch (gpu()) {
    case "used":
      return { name: TENSORFLOW_ON_GPU, skipped: reasons };
    case "missing":
      return { name: tf.getBackend(), skipped: new Map([...reasons, ["GPU", NO_GPU]]) };
    default:
      return { name: tf.getBackend(), skipped: reasons };
  }
}

/** Importing a backend registers it with tfjs-core. */
async function register(): Promise<SkippedBackends> {
  const reasons = new Map<string, string>();
  if (hasBackend()) return reasons;
  const backends: ReadonlyArray<[string, () => Promise<unknown>]> = [
    [TFJS_NODE_GPU, () => loadTensorflow(TFJS_NODE_GPU)],
    [TFJS_NODE, () => loadTensorflow(TFJS_NODE)],
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
  const remedies = new Map([
    [TFJS_NODE_GPU, "npx nafnet-tfjs-node --gpu builds it on Linux x64, for NVIDIA's GPUs"],
    [TFJS_NODE, "npx nafnet-tfjs-node builds it on Linux x64"],
  ]);
  return `not installed; ${remedies.get(name) ?? "npm install"}`;
}

/** Whether the caller has chosen a backend; asking tf.getBackend() would start one. */
function hasBackend(): boolean {
  return tf.engine().backendName !== undefined && tf.engine().backendName !== null;
}
