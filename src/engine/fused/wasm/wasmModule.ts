/** The WebAssembly engine in the shape that every build of the fused engine has; free of Node and of browsers. */

import { NafnetError } from "../../../base/errors.ts";
import type { FusedModule } from "../FusedModule.ts";
import { Instance } from "./Instance.ts";
import type { ModuleFile, Platform } from "./Platform.ts";
import { Maker, WasmPlan } from "./WasmPlan.ts";
import { Team } from "./WorkerPool.ts";
import { INITIAL_PAGES, MOST_MEMORY_BYTES, MOST_PAGES } from "./wasmMemory.ts";

/** `(module (func (result v128) i32.const 0 i8x16.splat))`: valid where there is SIMD. */
const SIMD_MODULE = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123],
  ...[3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
];

/** @throws NafnetError `ENGINE_UNAVAILABLE` with the reason */
export async function wasmModule(platform: Platform): Promise<FusedModule> {
  if (typeof WebAssembly !== "object") {
    throw unavailable("WebAssembly is switched off here: run Node without --jitless.");
  }
  if (!WebAssembly.validate(new Uint8Array(SIMD_MODULE))) {
    throw unavailable("WebAssembly has no SIMD here: use a processor with SSE4.1 or NEON.");
  }
  const compile = once((file: ModuleFile) =>
    platform.readModule(file).then(
      (bytes) => WebAssembly.compile(bytes),
      (error: unknown) => {
        throw unavailable(
          `${file} cannot be read: reinstall nafnet or, in a clone, npm run build.`,
          error,
        );
      },
    ),
  );
  /** Threads need memory that is shared; without it there is one. */
  const usable = (threads: number) => (platform.sharesMemory ? threads : 1);
  const moduleFor = (threads: number) =>
    compile(threads > 1 ? "nafnet-threads.wasm" : "nafnet.wasm");
  const plain = await compile("nafnet.wasm");
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MOST_PAGES });
  const unused = () => false;
  const imports = { progress: unused, scratchRead: unused, scratchWrite: unused };
  const instance = await Instance.create(plain, memory, imports, true);
  return {
    isas: instance.text(instance.exports.nafnet_isas()).split(","),
    mostMemoryBytes: MOST_MEMORY_BYTES,
    bfloat16Unit: (isa) => instance.bfloat16Unit(isa),
    createPlan: async (code, weights, options) => {
      const threads = usable(options.threads);
      const module = await moduleFor(threads);
      return WasmPlan.create(new Maker(platform, module, code, weights, { ...options, threads }));
    },
    peakGflops: async (isa, precision, threads, milliseconds) => {
      const count = usable(threads);
      const team = new Team(platform, await moduleFor(count), count);
      try {
        return await team.request(
          { kind: "peak", ...team.start, isa, precision, milliseconds },
          (reply) => (reply.kind === "peak" ? { result: reply.gflops } : undefined),
        );
      } finally {
        team.terminate("It was measured.");
      }
    },
  };
}

/** Remembers what was read and compiled. */
function once<K, V>(work: (key: K) => Promise<V>): (key: K) => Promise<V> {
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
