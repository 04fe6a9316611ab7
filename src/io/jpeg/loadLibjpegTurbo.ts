/**
 * Loading libjpeg-turbo: as WebAssembly or, where that cannot start, compiled to JavaScript. Both are of one source
 * and have the same pixels and files, to the bit.
 *
 * WebAssembly does not start under a limit on the address space (`ulimit -v`) nor under `--jitless`. JavaScript
 * takes 1.0 s for decoding 24 megapixels and 6.4 s for writing them, where WebAssembly takes 0.3 and 0.7 s; jpeg-js
 * 1.6 and 1.0 s, but with other pixels, and grey as colour.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import createModule, { type LibjpegTurbo } from "@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs";
import { isAddressSpaceTight } from "../../base/addressSpace.ts";
import { nodeRequire } from "../../base/nodeRequire.ts";
import { packageRoot } from "../../base/packageRoot.ts";

/** Failures after which the module is replaced, see {@link noteFailure}. */
const MAX_FAILURES = 100;

let failures = 0;
let loaded: Promise<LibjpegTurbo> | undefined;
let compiled: Promise<WebAssembly.Module> | undefined;

/** The module, loaded when the first JPEG comes. */
export async function loadLibjpegTurbo(): Promise<LibjpegTurbo> {
  loaded ??= load();
  try {
    return await loaded;
  } catch (error) {
    loaded = undefined; // memory may be free the next time
    throw error;
  }
}

/**
 * Counts a failure, and replaces the module in time. An exception leaves the module's stack and heap as they were
 * at that moment: 16 bytes of one and 3.5 kB of the other, until it traps after 4000 failures (found by fuzzing).
 * So it is replaced long before; at once after a trap, which is no number, as C++'s exceptions are.
 */
export function noteFailure(error: unknown): void {
  failures++;
  if (typeof error === "number" && failures < MAX_FAILURES) return;
  failures = 0;
  loaded = undefined;
}

async function load(): Promise<LibjpegTurbo> {
  if (typeof WebAssembly !== "object" || isAddressSpaceTight()) return loadJavaScript();
  try {
    compiled ??= compile();
    return await instantiate(await compiled);
  } catch {
    compiled = undefined;
    // Whatever the reason is, the same code does the same work without WebAssembly.
    return loadJavaScript();
  }
}

async function compile(): Promise<WebAssembly.Module> {
  const { resolve } = nodeRequire(join(packageRoot("INPUT_UNSUPPORTED"), "package.json"));
  return WebAssembly.compile(
    await readFile(resolve("@cornerstonejs/codec-libjpeg-turbo-8bit/wasm")),
  );
}

async function loadJavaScript(): Promise<LibjpegTurbo> {
  const { default: create } = await import("@cornerstonejs/codec-libjpeg-turbo-8bit");
  return create({});
}

/** Emscripten waits for the instance for ever, so a failure has its own way to the caller. */
function instantiate(module: WebAssembly.Module): Promise<LibjpegTurbo> {
  return new Promise((resolve, reject) => {
    const created = createModule({
      // By itself it compiles anew for each instance: 10 ms instead of 1.
      instantiateWasm(imports, onInstance) {
        WebAssembly.instantiate(module, imports).then(onInstance).catch(reject);
        return {};
      },
    });
    created.then(resolve, reject);
  });
}
