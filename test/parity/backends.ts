/** The tfjs backends that are present here; the parity suite runs on each of them. */

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { messageOf } from "../../src/base/errors.ts";
import { loadTensorflow } from "../../src/engine/tfjs/loadTensorflow.ts";

/** A backend, and why it is skipped if it is. */
export interface Backend {
  readonly name: string;
  readonly skipped?: string;
}

async function tensorflow(): Promise<Backend> {
  const name = "tensorflow";
  let reason = "";
  for (const packageName of ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"]) {
    try {
      await loadTensorflow(packageName);
      return { name };
    } catch (error) {
      reason = messageOf(error).split("\n")[0] ?? "";
    }
  }
  return { name, skipped: `${reason}; npm run tfjs-node builds it` };
}

/** cpu, wasm and, where one is built, tensorflow (@tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node). */
export const backends: readonly Backend[] = [{ name: "cpu" }, { name: "wasm" }, await tensorflow()];

/** Makes a backend the active one. */
export async function useBackend(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`The tfjs backend ${name} did not start.`);
  await tf.ready();
}
