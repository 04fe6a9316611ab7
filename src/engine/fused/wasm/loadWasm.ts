import { addressSpaceLeft } from "../../../base/addressSpace.ts";
import { NafnetError } from "../../../base/errors.ts";
import { availableThreads } from "../../machine/availableThreads.ts";
import type { FusedModule } from "../FusedModule.ts";
import { nodePlatform } from "./nodePlatform.ts";
import { wasmModule } from "./wasmModule.ts";

/**
 * Address space that the engine takes, beside that of its threads: V8 reserves 10 GiB for each of its three memories,
 * whatever their size. Measured with two threads: 32.4 GiB on Node 20 and 22, 26 GiB on Node 24.
 */
const ADDRESS_BYTES = 34 * 2 ** 30;
/** Address space of a thread: 0.6 to 0.8 GiB, and its heap. */
const THREAD_BYTES = 2 ** 30;

/**
 * The WebAssembly engine in Node, its threads by worker_threads.
 *
 * @throws NafnetError `ENGINE_UNAVAILABLE` with the reason
 */
export async function loadWasm(): Promise<FusedModule> {
  const left = addressSpaceLeft();
  const wanted = ADDRESS_BYTES + THREAD_BYTES * availableThreads();
  if (left < wanted) {
    throw new NafnetError(
      "ENGINE_UNAVAILABLE",
      `WebAssembly reserves ${wanted / 2 ** 30} GiB of addresses but the limit on them (ulimit -v) leaves ` +
        `${(left / 2 ** 30).toFixed(1)}: raise it.`,
    );
  }
  return wasmModule(nodePlatform);
}
