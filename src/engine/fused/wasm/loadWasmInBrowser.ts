import type { FusedModule } from "../FusedModule.ts";
import { browserPlatform } from "./browserPlatform.ts";
import { wasmModule } from "./wasmModule.ts";

/**
 * The WebAssembly engine in a browser, its threads by Web Workers where the page is cross-origin isolated.
 *
 * @throws NafnetError `ENGINE_UNAVAILABLE` with the reason
 */
export function loadWasm(): Promise<FusedModule> {
  return wasmModule(browserPlatform);
}
