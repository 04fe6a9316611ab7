/**
 * Builds what has changed: the library, the WebAssembly modules and, where a compiler is there, the native binding.
 *
 *     npm run build [-- --only library|native|wasm] [--lenient]
 */
import { parseArgs } from "node:util";
import { messageOf } from "../../src/base/errors.ts";
import { NotAvailable } from "../tfjs-node/run.ts";
import { buildLibrary } from "./buildLibrary.ts";
import { buildNative } from "./buildNative.ts";
import { buildWasm } from "./buildWasm.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    // Installing a clone ends with something that works: wasm does where the binding does not build.
    lenient: { type: "boolean", default: false },
  },
});

async function report(what: string, build: () => Promise<boolean>, lenient = false): Promise<void> {
  if (values.only !== undefined && values.only !== what) return;
  const start = performance.now();
  try {
    const built = await build();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${what}: ${built ? `built in ${seconds} s` : "up to date"}`);
  } catch (error) {
    if (error instanceof NotAvailable) {
      console.log(`${what}: skipped, ${error.message}`);
      return;
    }
    console.error(`${what}: ${messageOf(error)}`);
    if (!lenient) process.exitCode = 1;
  }
}

await report("library", buildLibrary);
// One core each.
await Promise.all([report("native", buildNative, values.lenient), report("wasm", buildWasm)]);
