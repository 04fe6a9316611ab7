/** onnxruntime-node as a peer of the bench; from the project if it is there, else from the cache. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { CACHE_FOLDER } from "../cacheFolder.ts";
import type { Spec } from "../protocol.ts";
import { type Subject, serve } from "../serve.ts";

/** The part of onnxruntime-node that is used: TypeScript must not ask for a package that is not installed. */
interface Onnxruntime {
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(path: string, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
  readonly env: { readonly versions: { readonly node?: string } };
}

interface Tensor {
  readonly data: Float32Array;
}

interface Session {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}

await serve(async ({ threads }: Spec): Promise<Subject> => {
  const onnxruntime = load();
  let session: Session | undefined;
  let input: Tensor | undefined;
  return {
    layout: "nchw",
    async prepare({ width, height, data }, onnx) {
      if (onnx === null) throw new Error("there is no ONNX file");
      await session?.release();
      session = await onnxruntime.InferenceSession.create(onnx, {
        executionProviders: ["cpu"],
        graphOptimizationLevel: "all",
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
      });
      input = new onnxruntime.Tensor("float32", toNchw(data, width * height), [
        1,
        3,
        height,
        width,
      ]);
      return `onnxruntime-node ${onnxruntime.env.versions.node ?? ""}`.trim();
    },
    async run() {
      if (session === undefined || input === undefined) throw new Error("nothing is prepared");
      const { restored } = await session.run({ picture: input });
      if (restored === undefined) throw new Error("there is no output called restored");
      return { output: restored.data };
    },
  };
});

function load(): Onnxruntime {
  const folders = [import.meta.url, join(CACHE_FOLDER, "onnxruntime-node", "package.json")];
  for (const folder of folders) {
    try {
      return createRequire(folder)("onnxruntime-node") as Onnxruntime;
    } catch (error) {
      const missing =
        error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
      if (!missing) throw error;
    }
  }
  throw new Error("onnxruntime-node is not installed; bench/README.md says how to");
}

function toNchw(data: Float32Array, pixels: number): Float32Array {
  const planes = new Float32Array(data.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0; c < 3; c++) planes[c * pixels + pixel] = data[3 * pixel + c]!;
  }
  return planes;
}
