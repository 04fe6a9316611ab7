/** The native binding itself: it refuses what it cannot use, whatever that is, and ends with its thread. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../../../src/base/packageRoot.ts";
import type { Binding } from "../../../../src/engine/fused/native/binding.ts";
import { lowerToProgram } from "../../../../src/graph/lowerToProgram.ts";
import type { Program } from "../../../../src/graph/ProgramWriter.ts";
import { imageOf, networkOf, TINY_SCA, weightMapOf } from "../../../support/networks.ts";

const file = join(packageRoot("ENGINE_UNAVAILABLE"), "build", "Release", "nafnet.node");
const network = networkOf(TINY_SCA);
const program = lowerToProgram(network.graph({ tlcBase: null }), weightMapOf(network));

describe.skipIf(!existsSync(file))("the native binding", () => {
  const binding = createRequire(import.meta.url)(file) as Binding;
  const isa = binding.isas.split(",").at(-1) ?? "";
  const { code, weights, flopsPerPixel } = program;
  const options = { isa, precision: "float32", threads: 2 } as const;
  const newPlan = () => binding.createPlan({ ...program, ...options });
  const ignore = () => undefined;

  it("throws a TypeError for arguments of the wrong types", async () => {
    const plan = await newPlan();
    const values = [
      ...[undefined, null, true, -1, 0.5, Number.NaN, 2 ** 40, "avx2", "a\0b", Symbol("s"), 1n],
      ...[{}, [], new Int32Array(3), new Float32Array(0), new Float64Array(2), new ArrayBuffer(8)],
      ...[ignore, plan, Object.create(plan), new Proxy({}, {})],
    ];
    const functions = Object.entries(binding).filter(
      (entry): entry is [string, (...args: unknown[]) => unknown] =>
        typeof entry[1] === "function" && entry[0] !== "dispose",
    );
    expect(functions.length).toBe(6);
    /** The arguments of every function, in one object. */
    const valid = {
      ...{ ...program, ...options, plan, input: new Float32Array(3), output: new Float32Array(3) },
      ...{ width: 1, height: 1, maxMemoryBytes: 1e9, hasScratch: false, scratchFolder: null },
      onProgress: ignore,
    };
    for (const [, call] of functions) {
      for (const first of values) {
        for (const second of values) {
          try {
            const result = call(first, second, second, first, second, first, second, first);
            if (result instanceof Promise) await result.catch(ignore);
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError);
          }
        }
        for (const field of Object.keys(valid)) {
          try {
            const result = call({ ...valid, [field]: first });
            if (result instanceof Promise) await result.catch(ignore);
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError);
          }
        }
      }
    }
    binding.dispose(plan);
  });

  it("rejects a program that is none", async () => {
    const zeros = new Int32Array(100);
    const wrong: Partial<Program>[] = [
      { code: zeros },
      { code: code.subarray(0, code.length - 3) },
      { weights: weights.subarray(0, 10) },
      { flopsPerPixel: flopsPerPixel.subarray(1) },
    ];
    for (const part of wrong) {
      await expect(binding.createPlan({ ...program, ...options, ...part })).rejects.toThrow();
    }
  });

  it("refuses arrays of another size, an output that is the input, and a second run", async () => {
    const plan = await newPlan();
    const input = imageOf(20, 30, 3).data;
    const output = new Float32Array(input.length);
    const run = (from: Float32Array, to: Float32Array, width = 20) =>
      binding.run({
        ...{ plan, input: from, output: to, width, height: 30, scratchFolder: null },
        ...{ maxMemoryBytes: Number.POSITIVE_INFINITY, onProgress: ignore },
      });
    expect(() => run(input, output.subarray(1))).toThrow(/Expected height · width · 3 values/);
    expect(() => run(input, output, 21)).toThrow(/Expected height · width · 3 values/);
    expect(() => run(input, input)).toThrow(/does not overlap/);
    const first = run(input, output);
    expect(() => run(input, output)).toThrow(/without a run at work/);
    expect(() => binding.dispose(plan)).toThrow(/without a run at work/);
    expect((await first).status).toBe("ok");
    binding.dispose(plan);
    expect(() => run(input, output)).toThrow(/has not been disposed of/);
  });

  it("lets a worker thread end while its run is at work", async () => {
    const worker = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
       const { file, options } = workerData;
       const binding = require(file);
       binding.createPlan(options).then((plan) => {
         const input = new Float32Array(3 * 1500 * 1500);
         const output = new Float32Array(input.length);
         binding.run({ plan, input, output, width: 1500, height: 1500, maxMemoryBytes: Infinity,
           scratchFolder: null, onProgress: () => parentPort.postMessage(0) });
       });`,
      { eval: true, workerData: { file, options: { ...program, ...options } } },
    );
    await new Promise((resolve) => worker.once("message", resolve)); // the run reports
    expect(await worker.terminate()).toBe(1);
  });
});
