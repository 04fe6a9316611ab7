/** What a run of the tfjs engine needs and what it may use. */

import { freemem } from "node:os";
import { NafnetError } from "../../errors.ts";
import { roundUp } from "../../layers/PadToMultiple.ts";
import type { Network } from "../../models/Network.ts";
import type { Estimate } from "../Engine.ts";

/** The heap of tfjs-backend-wasm ends at 4 GiB. */
const WASM_HEAP_BYTES = 4 * 2 ** 30;
/**
 * Of it, what tensors can take: XNNPACK's buffers and fragmentation want the rest. Measured: pictures that
 * need 0.8 of it fail in a fresh process, 0.69 after a picture of another size, 0.6 not.
 */
const WASM_SHARE = 0.6;
/** Of the machine's free memory: what else runs may want some. */
const MACHINE_SHARE = 0.85;

/** What runs have made of the wasm heap, which never shrinks: the next run has it again. */
let wasmHeapBytes = 0;

/** To be told of each run that ended well, so that a second large picture is not refused the memory of the first. */
export function noteRun({ memoryBytes }: Estimate, backend: string): void {
  if (backend === "wasm") wasmHeapBytes = Math.max(wasmHeapBytes, memoryBytes);
}

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
  const machine = MACHINE_SHARE * availableBytes();
  if (backend !== "wasm") return machine;
  return Math.min(machine + wasmHeapBytes, WASM_SHARE * WASM_HEAP_BYTES);
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
    backend === "wasm"
      ? ", or run npx nafnet-tfjs-node once, which builds a backend without the 4 GiB limit"
      : "";
  throw new NafnetError(
    "MEMORY_LIMIT",
    `A picture of ${width}x${height} needs about ${gibibytes(memoryBytes)} on tfjs (${backend}), which may use ${gibibytes(limitBytes)}: give it at most ${most.toFixed(1)} megapixels${native}.`,
  );
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
