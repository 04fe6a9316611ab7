/** What a run of the tfjs engine needs and what it may use. */

import { freemem } from "node:os";
import { NafnetError } from "../../errors.ts";
import { roundUp } from "../../layers/PadToMultiple.ts";
import type { Network } from "../../models/Network.ts";
import type { Estimate } from "../Engine.ts";

/** The heap of tfjs-backend-wasm ends at 4 GiB; weights, padding and fragmentation take their share. */
const WASM_HEAP_BYTES = 4 * 2 ** 30;
/** Allocators never fill what they are given; a heap that is nine tenths full has begun to fail. */
const USABLE_SHARE = 0.85;

/** What running pictures of this size is going to take on a tfjs backend. */
export function estimateMemory(
  network: Network,
  backend: string,
  width: number,
  height: number,
): Estimate {
  const { paddingMultiple, peakValuesPerPixel } = network;
  const pixels = roundUp(width, paddingMultiple) * roundUp(height, paddingMultiple);
  return { memoryBytes: pixels * peakValuesPerPixel * 4, limitBytes: limitBytes(backend) };
}

function limitBytes(backend: string): number {
  // Graphics memory cannot be asked for: those backends report its end themselves.
  if (backend === "webgl" || backend === "webgpu") return Infinity;
  const machine = USABLE_SHARE * availableBytes();
  return backend === "wasm" ? Math.min(machine, USABLE_SHARE * WASM_HEAP_BYTES) : machine;
}

/** What the machine and the process's cgroup have left. */
function availableBytes(): number {
  const limit = process.constrainedMemory();
  const constrained = limit > 0 ? limit - process.memoryUsage().rss : Infinity;
  return Math.max(0, Math.min(freemem(), constrained));
}

/**
 * @throws NafnetError `MEMORY_LIMIT` if the picture needs more than there is, with both figures and what to do
 */
export function checkMemory(
  estimate: Estimate,
  backend: string,
  width: number,
  height: number,
): void {
  const { memoryBytes, limitBytes } = estimate;
  if (memoryBytes <= limitBytes) return;
  const most = ((width * height) / 1e6) * (limitBytes / memoryBytes);
  const native =
    backend === "wasm" ? ", or install @tensorflow/tfjs-node, which has no 4 GiB heap" : "";
  throw new NafnetError(
    "MEMORY_LIMIT",
    `A picture of ${width}x${height} needs about ${gibibytes(memoryBytes)} on tfjs (${backend}), which may use ${gibibytes(limitBytes)}: give it at most ${most.toFixed(1)} megapixels${native}.`,
  );
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
