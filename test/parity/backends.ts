/** The tfjs backends that are present here; the parity suite runs on each of them. */

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { messageOf } from "../../src/base/errors.ts";

/** A backend, and why it is skipped if it is. */
export interface Backend {
  readonly name: string;
  readonly skipped?: string;
}

async function nativeBackend(): Promise<Backend> {
  try {
    // The name in a variable: TypeScript must not ask for a package that is not installed.
    const name = "@tensorflow/tfjs-node";
    await import(name);
    return { name: "tensorflow" };
  } catch (error) {
    const reason = messageOf(error).split("\n")[0] ?? "";
    return { name: "tensorflow", skipped: `${reason}; npm run tfjs-node builds it` };
  }
}

/** cpu, wasm and, where it is built, tensorflow (@tensorflow/tfjs-node). */
export const backends: readonly Backend[] = [
  { name: "cpu" },
  { name: "wasm" },
  await nativeBackend(),
];

/** Makes a backend the active one. */
export async function useBackend(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`The tfjs backend ${name} did not start.`);
  await tf.ready();
}
