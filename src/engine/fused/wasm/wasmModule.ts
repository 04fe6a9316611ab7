import { NafnetError } from "../../../base/errors.ts";
import type { FusedModule } from "../FusedModule.ts";
import { Instance } from "./Instance.ts";
import type { ModuleFile, Platform } from "./Platform.ts";
import { WasmPlan } from "./WasmPlan.ts";
import { WorkerPool } from "./WorkerPool.ts";
import { WorkerPoolFactory } from "./WorkerPoolFactory.ts";
import { MOST_MEMORY_BYTES } from "./wasmMemory.ts";

/** A module that is valid where there is SIMD: `(module (func (result v128) i32.const 0 i8x16.splat))`. */
const SIMD_MODULE = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123],
  ...[3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
];

/**
 * The WebAssembly engine in the shape that every build of the fused engine has; free of Node and of browsers.
 *
 * @throws NafnetError `ENGINE_UNAVAILABLE` with the reason
 */
export async function wasmModule(platform: Platform): Promise<FusedModule> {
  if (typeof WebAssembly !== "object") {
    throw unavailable("WebAssembly is switched off here: run Node without --jitless.");
  }
  if (!WebAssembly.validate(new Uint8Array(SIMD_MODULE))) {
    throw unavailable("WebAssembly has no SIMD here: use a processor with SSE4.1 or NEON.");
  }
  const compile = memoize((file: ModuleFile) =>
    platform.readModule(file).then(
      (bytes) => WebAssembly.compile(bytes),
      (error: unknown) => {
        if (error instanceof NafnetError) throw error; // of a bundle
        throw unavailable(
          `${file} cannot be read: reinstall nafnet or, in a clone, npm run build.`,
          error,
        );
      },
    ),
  );
  // Threads need memory that is shared; without it there is one.
  const usableThreads = (threads: number) => (platform.sharesMemory ? threads : 1);
  const moduleFor = (threads: number) =>
    compile(threads > 1 ? "nafnet-threads.wasm" : "nafnet.wasm");
  const instance = await Instance.createForQueries(await compile("nafnet.wasm"), false);
  return {
    isas: instance.text(instance.exports.nafnet_isas()).split(","),
    mostMemoryBytes: MOST_MEMORY_BYTES,
    bfloat16Unit: (isa) => instance.bfloat16Unit(isa),
    createPlan: async (program, planOptions) => {
      const threads = usableThreads(planOptions.threads);
      const module = await moduleFor(threads);
      const options = { ...planOptions, threads };
      return WasmPlan.create(new WorkerPoolFactory({ platform, module, program, options }));
    },
    peakGflops: async (isa, precision, threads, milliseconds) => {
      const count = usableThreads(threads);
      const pool = new WorkerPool(platform, await moduleFor(count), count);
      try {
        return await pool.request(
          { kind: "measurePeak", ...pool.init, isa, precision, milliseconds },
          (reply) => (reply.kind === "peakMeasured" ? { result: reply.gflops } : undefined),
        );
      } finally {
        pool.terminate("It was measured.");
      }
    },
  };
}

/** A function that does its work once for each key. */
function memoize<K, V>(work: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const results = new Map<K, Promise<V>>();
  return (key) => {
    const result = results.get(key) ?? work(key);
    results.set(key, result);
    return result;
  };
}

function unavailable(reason: string, cause?: unknown): NafnetError {
  return new NafnetError("ENGINE_UNAVAILABLE", reason, cause);
}
