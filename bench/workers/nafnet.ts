/** Our engines as the bench runs them: one engine and one network a process. */

import type { EngineName, Plan } from "../../src/engine/Engine.ts";
import { tryEngine } from "../../src/engine/select.ts";
import type { FloatImage } from "../../src/image/FloatImage.ts";
import { modelById } from "../models.ts";
import type { Spec } from "../protocol.ts";
import { type Subject, serve } from "../serve.ts";

/** An engine of ours; for tfjs, with its backend. */
interface Choice {
  readonly name: EngineName;
  readonly backend?: readonly [name: string, module: string];
}

/** Engines by the names that the bench calls them. */
const CHOICES: Readonly<Record<string, Choice>> = {
  native: { name: "native" },
  "native-bf16": { name: "native" },
  wasm: { name: "wasm" },
  "tfjs-wasm": { name: "tfjs", backend: ["wasm", "@tensorflow/tfjs-backend-wasm"] },
  "tfjs-node": { name: "tfjs", backend: ["tensorflow", "@tensorflow/tfjs-node"] },
};

await serve(async ({ engine, model, threads, precision }: Spec): Promise<Subject> => {
  const choice = CHOICES[engine];
  if (choice === undefined) throw new Error(`no engine is called ${engine}`);
  if (choice.backend !== undefined) await useBackend(...choice.backend);
  const { network, weights } = await modelById(model).load();
  const options = choice.name === "tfjs" ? {} : { threads, precision };
  const attempt = await tryEngine(choice.name, options);
  if ("reason" in attempt) throw new Error(attempt.reason);
  return subjectOf(
    await attempt.engine.compile(network.graph({ tlcBase: null }), weights, { ...options }),
  );
});

/** Activates a backend, which the tfjs engine then keeps. */
async function useBackend(name: string, module: string): Promise<void> {
  const tf = await import("@tensorflow/tfjs-core");
  await import(module);
  if (!(await tf.setBackend(name))) throw new Error(`the tfjs backend ${name} did not start`);
}

function subjectOf(plan: Plan): Subject {
  let image: FloatImage = { width: 0, height: 0, channels: 3, data: new Float32Array() };
  return {
    layout: "nhwc",
    async prepare(picture) {
      image = { channels: 3, ...picture };
      return plan.engine;
    },
    async run() {
      const { data, report } = await plan.run(image);
      const { peakMemoryBytes } = report;
      return {
        output: data,
        ...(peakMemoryBytes === null ? {} : { workingBytes: peakMemoryBytes }),
      };
    },
  };
}
