import type { FusedModule } from "../FusedModule.ts";
import { nodePlatform } from "./nodePlatform.ts";
import { wasmModule } from "./wasmModule.ts";

/**
 * The WebAssembly engine in Node, its threads by worker_threads.
 *
 * @throws NafnetError `ENGINE_UNAVAILABLE` with the reason
 */
export function loadWasm(): Promise<FusedModule> {
  return wasmModule(nodePlatform);
}
