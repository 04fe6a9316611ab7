/** The memory of the tfjs engine: the needs of a run, and the limits of its backends. */

import type { Graph } from "../../graph/Graph.ts";
import { roundUp } from "../../graph/roundUp.ts";
import { peakValuesPerPixel } from "../../layers/peakValuesPerPixel.ts";
import { usableBytes } from "../machine/memory.ts";
import { TENSORFLOW_ON_GPU } from "./backend.ts";

const GPU_BACKENDS: readonly string[] = [TENSORFLOW_ON_GPU, "webgl", "webgpu"];

/** The heap of tfjs-backend-wasm ends at 4 GiB. */
const WASM_HEAP_BYTES = 4 * 2 ** 30;
/**
 * The share of the heap that tensors can take: XNNPACK's buffers and fragmentation want the rest. Measured: pictures that
 * need 0.8 of it fail in a fresh process, 0.69 after a picture of another size, 0.6 not.
 */
const WASM_SHARE = 0.6;

/** Size that runs have made the wasm heap, which never shrinks: the next run has it again. */
let wasmHeapBytes = 0;

/** To be called after each run that ended well, so that a second large picture is not refused the memory of the first. */
export function recordRun(memoryBytes: number, backend: string): void {
  if (backend === "wasm") wasmHeapBytes = Math.max(wasmHeapBytes, memoryBytes);
}

/** Bytes that a run with a picture of this size takes on a tfjs backend. */
export function runBytes(graph: Graph, width: number, height: number): number {
  const { paddingMultiple } = graph;
  const pixels = roundUp(width, paddingMultiple) * roundUp(height, paddingMultiple);
  return pixels * peakValuesPerPixel(graph) * 4;
}

/** Bytes that a tfjs backend may use. @param maxMemoryBytes the caller's limit, in place of the machine's */
export function limitBytes(backend: string, maxMemoryBytes: number | undefined): number {
  // Graphics memory cannot be asked for: those backends report its end themselves.
  if (GPU_BACKENDS.includes(backend)) return maxMemoryBytes ?? Infinity;
  if (backend !== "wasm") return maxMemoryBytes ?? usableBytes();
  return Math.min(maxMemoryBytes ?? usableBytes() + wasmHeapBytes, WASM_SHARE * WASM_HEAP_BYTES);
}
