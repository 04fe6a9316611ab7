/** TensorFlow's own library as a tfjs backend: of @tensorflow/tfjs-node-gpu, or of @tensorflow/tfjs-node. */

import * as tf from "@tensorflow/tfjs-core";
import { messageOf } from "../../base/errors.ts";

/** The name that both packages register their backend and kernels by: only one of them can be loaded. */
const TENSORFLOW = "tensorflow";

/** What the packages add to their backend. */
type TensorflowBackend = tf.KernelBackend & { isGPUPackage?: boolean; isUsingGpuDevice?: boolean };

/**
 * Loads one of the two packages and makes its backend active, unless the other one's is there already. One that
 * fails leaves nothing registered, so that the other can be tried.
 */
export async function loadTensorflow(packageName: string): Promise<void> {
  if (isRegistered()) return;
  const tf32 = process.env.NVIDIA_TF32_OVERRIDE;
  // CUDA's libraries read it. Without it, GPUs from Ampere on round what they multiply to TF32's 10 bits.
  process.env.NVIDIA_TF32_OVERRIDE = tf32 ?? "0";
  try {
    // No constant: bundlers would look for a package that is optional.
    await import(/* webpackIgnore: true */ packageName);
    if (!isRegistered()) {
      throw new Error(
        "it has another copy of @tensorflow/tfjs-core: install every @tensorflow package at one version",
      );
    }
    if (!(await tf.setBackend(TENSORFLOW))) throw new Error("its backend does not start");
    checkComputes();
  } catch (error) {
    unregister();
    throw error;
  } finally {
    if (tf32 === undefined && gpu() !== "used") delete process.env.NVIDIA_TF32_OVERRIDE;
  }
}

/** From Node 23 on, 4.22.0 loads, but calls a function that is gone (util.isNullOrUndefined) when it computes. */
function checkComputes(): void {
  try {
    tf.tidy(() => tf.add(1, 1));
  } catch (error) {
    throw new Error(
      `it fails on Node ${process.version}, and is known to run on 20 and 22: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** The GPU of the active backend: `missing` where @tensorflow/tfjs-node-gpu has found none, null on other backends. */
export function gpu(): "used" | "missing" | null {
  if (!isRegistered()) return null;
  const { isGPUPackage, isUsingGpuDevice }: TensorflowBackend = tf.backend();
  if (isUsingGpuDevice) return "used";
  return isGPUPackage ? "missing" : null;
}

function isRegistered(): boolean {
  return tf.engine().backendNames().includes(TENSORFLOW);
}

/** The packages register their kernels before they open their library, and the backend before it starts. */
function unregister(): void {
  for (const { kernelName } of tf.getKernelsForBackend(TENSORFLOW)) {
    tf.unregisterKernel(kernelName, TENSORFLOW);
  }
  if (isRegistered()) tf.removeBackend(TENSORFLOW);
}
