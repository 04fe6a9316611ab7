/**
 * The fused engine: a network as a program of the C++ core in native/, which runs as native code or as
 * WebAssembly. Both are the same engine on another module.
 */

import { tmpdir } from "node:os";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { lowerToProgram } from "../../graph/lowerToProgram.ts";
import { checkWeights } from "../checkWeights.ts";
import { defineEngine } from "../defineEngine.ts";
import type { Engine, EngineName } from "../Engine.ts";
import type { EngineOptions } from "../EngineOptions.ts";
import { availableThreads } from "../machine/availableThreads.ts";
import { chooseIsa, forcedIsa } from "./chooseIsa.ts";
import type { FusedModule } from "./FusedModule.ts";
import { FusedPlan } from "./FusedPlan.ts";

/** The engines whose code is the fused core. */
export type FusedEngineName = Exclude<EngineName, "tfjs">;

const modules = new Map<FusedEngineName, Promise<FusedModule>>();

/**
 * Loads a build of the fused core, once a process.
 *
 * @throws NafnetError `ENGINE_UNAVAILABLE` with why it cannot be loaded and what to do
 */
export function loadModule(name: FusedEngineName): Promise<FusedModule> {
  const loading = modules.get(name) ?? load(name);
  modules.set(name, loading);
  return loading;
}

async function load(name: FusedEngineName): Promise<FusedModule> {
  switch (name) {
    case "native":
      return (await import("./native/loadNative.ts")).loadNative();
    case "wasm":
      return (await import("./wasm/loadWasm.ts")).loadWasm();
    default:
      return name satisfies never;
  }
}

/**
 * @throws NafnetError `ENGINE_UNAVAILABLE` where it cannot be loaded, `INVALID_ARGUMENT` for a NAFNET_ISA
 *   that it does not have
 */
export async function createFusedEngine(name: FusedEngineName): Promise<Engine> {
  const module = await loadModule(name);
  return fusedEngine(name, module, chooseIsa(module.isas, forcedIsa(), name));
}

/**
 * An engine on a loaded module.
 *
 * @param isa one of the module's
 */
export function fusedEngine(name: FusedEngineName, module: FusedModule, isa: string): Engine {
  const unit = module.bfloat16Unit(isa);
  const others = module.isas.filter((other) => other !== isa);
  const objection = ({ precision }: EngineOptions): string | undefined =>
    precision === "bf16" && unit === null
      ? `nothing multiplies bfloat16 with ${isa} here; leave precision out.`
      : undefined;
  return defineEngine({
    name,
    detail: [
      `${isa}${others.length > 0 ? ` (also ${others.join(", ")})` : ""}`,
      counted(availableThreads(), "thread"),
      unit === null ? "no bf16" : `bf16 by ${unit}`,
    ].join(", "),
    skipped: new Map(),
    objection,
    async compile(graph, weights, options) {
      checkWeights(graph, weights);
      const program = lowerToProgram(graph, weights);
      const { threads = availableThreads(), precision = "float32" } = options;
      try {
        const handle = await module.createPlan(program, { isa, precision, threads });
        return new FusedPlan({
          label: labelOf(name, isa, threads, precision),
          module,
          handle,
          channels: graph.input.channels,
          threads,
          precision,
          maxMemoryBytes: options.maxMemoryBytes,
          scratchFolder: options.scratchFolder ?? tmpdir(),
        });
      } catch (error) {
        throw new NafnetError(
          "ENGINE_FAILED",
          `The ${name} engine cannot compile ${graph.summary}: ${messageOf(error)}`,
          error,
        );
      }
    },
  });
}

/** E.g. `native (avx512)`, `wasm (simd128, 2 threads)`, `native (avx512, bf16)`. */
function labelOf(name: FusedEngineName, isa: string, threads: number, precision: string): string {
  const parts = [isa];
  if (name === "wasm") parts.push(counted(threads, "thread"));
  if (precision !== "float32") parts.push(precision);
  return `${name} (${parts.join(", ")})`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
