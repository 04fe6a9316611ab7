/**
 * The fused engines against PyTorch's own output and against the tfjs engine, on every instruction set.
 * The references: tools/parity/reference.py.
 */

import "@tensorflow/tfjs-backend-wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/Engine.ts";
import type { FusedModule } from "../../../src/engine/fused/FusedModule.ts";
import { createTfjsEngine } from "../../../src/engine/tfjs/TfjsEngine.ts";
import type { FeatureMap } from "../../../src/graph/Graph.ts";
import { GraphBuilder } from "../../../src/graph/GraphBuilder.ts";
import { lowerToProgram } from "../../../src/graph/lowerToProgram.ts";
import type { Program } from "../../../src/graph/ProgramWriter.ts";
import type { Parameter } from "../../../src/graph/parameters.ts";
import { fromPytorchLayout } from "../../../src/graph/pytorchLayout.ts";
import type { WeightTensor } from "../../../src/graph/WeightMap.ts";
import type { FloatImage } from "../../../src/image/FloatImage.ts";
import { quantize } from "../../../src/image/quantize.ts";
import { nafBlockParameters } from "../../../src/layers/NAFBlock.ts";
import { type Attention, type NAFNetConfig, nafBlock } from "../../../src/models/nafnet/NAFNet.ts";
import { identify } from "../../../src/models/registry.ts";
import { defaultWeights } from "../../../src/restoration/tasks.ts";
import { readWeights } from "../../../src/weights/readWeights.ts";
import type { Weights } from "../../../src/weights/Weights.ts";
import { useBackend } from "../../parity/backends.ts";
import { expectParity } from "../../parity/expectParity.ts";
import { expectedFor, type ParityCase, parityCases, toNhwc } from "../../parity/fixtures.ts";
import { inputFor, stateDictFor } from "../../parity/random.ts";
import { FUSED_TOLERANCES } from "../../parity/tolerances.ts";
import { TINY_MDTA, TINY_SCA, weightsOf } from "../../support/networks.ts";
import { scene, withNoise } from "../../support/pictures.ts";
import { fusedBuilds } from "./fusedBuilds.ts";

/** Computes one picture of a case. */
type Compute = (image: FloatImage) => Promise<Float32Array>;

/** A state dict's values by our names, in our layouts. */
function tensorsOf(
  parameters: readonly Parameter[],
  parityCase: ParityCase,
): Map<string, WeightTensor> {
  const stateDict = stateDictFor(parityCase);
  expect([...stateDict.keys()].sort()).toEqual(parameters.map((p) => p.pytorchName).sort());
  return new Map(
    parameters.map((p) => {
      const values = stateDict.get(p.pytorchName)?.data ?? new Float32Array();
      return [p.name, { shape: p.shape, data: fromPytorchLayout(p, values) }] as const;
    }),
  );
}

/** One block between convolutions that change nothing: programs go from a picture to a picture. */
function blockProgram(parityCase: ParityCase<"NAFBlock">): Program {
  const { channels, attention, heads, bias, tlc_window: window } = parityCase.config;
  const net = new GraphBuilder(channels);
  const copy = (name: string, x: FeatureMap): FeatureMap =>
    net.convolution(name, x, channels, 1, { useBias: false });
  const kind: Attention =
    attention === "sca" ? { kind: "sca" } : { kind: "mdta", heads, useBias: bias };
  const block = nafBlock(net, "block", copy("before", net.input), kind, window);
  const graph = net.build("block", copy("after", block));
  const identity = new Float32Array(channels * channels);
  for (let c = 0; c < channels; c++) identity[c * channels + c] = 1;
  const kernel = { shape: [1, 1, channels, channels], data: identity };
  const tensors = tensorsOf(nafBlockParameters(channels, kind), parityCase);
  const weights = new Map([
    ...[...tensors].map(([name, tensor]) => [`block/${name}`, tensor] as const),
    ...(["before/kernel", "after/kernel"] as const).map((name) => [name, kernel] as const),
  ]);
  return lowerToProgram(graph, weights);
}

async function compileBlock(
  module: FusedModule,
  isa: string,
  parityCase: ParityCase<"NAFBlock">,
): Promise<{ compute: Compute; dispose: () => void }> {
  const program = blockProgram(parityCase);
  const handle = await module.createPlan(program, { isa, precision: "float32", threads: 2 });
  const compute: Compute = async ({ width, height, data }) => {
    const outcome = await handle.run({
      input: data,
      width,
      height,
      maxMemoryBytes: Infinity,
      scratchFolder: null,
      onProgress: () => undefined,
      signal: undefined,
    });
    if (outcome.status !== "ok") throw new Error(`${outcome.status}: ${outcome.message}`);
    return outcome.output;
  };
  return { compute, dispose: () => handle.dispose() };
}

async function compileNetwork(
  engine: Engine,
  parityCase: ParityCase<"NAFNet">,
): Promise<{ compute: Compute; dispose: () => void }> {
  const { network } = identify(stateDictFor(parityCase));
  const plan = await engine.compile(
    network.graph({ tlcBase: parityCase.config.tlc_base }),
    tensorsOf(network.parameters, parityCase),
    { threads: 2 },
  );
  return { compute: async (image) => (await plan.run(image)).data, dispose: () => plan.dispose() };
}

/** Holds each picture of the case to PyTorch's. @returns the largest difference */
async function measure(
  parityCase: ParityCase<"NAFBlock" | "NAFNet">,
  compute: Compute,
): Promise<number> {
  const input = toNhwc(inputFor(parityCase));
  const expected = toNhwc(expectedFor(parityCase));
  const [n = 0, height = 0, width = 0, channels = 0] = input.shape;
  const size = height * width * channels;
  const actual = new Float32Array(n * size);
  for (let image = 0; image < n; image++) {
    const data = input.data.slice(image * size, (image + 1) * size);
    actual.set(await compute({ width, height, channels, data }), image * size);
  }
  return expectParity(actual, expected.data, {
    // Where PyTorch itself is that far from float64, no more can be asked.
    tolerance: Math.max(FUSED_TOLERANCES[parityCase.kind], 2 * parityCase.noise),
    shape: expected.shape,
  }).maxAbs;
}

describe.each(fusedBuilds)("$label against PyTorch", (build) => {
  if (build.skipped !== undefined) {
    it.skip(`skipped: ${build.skipped}`);
    return;
  }
  const { module, isa, engine, label } = build;
  const measured = { NAFBlock: 0, NAFNet: 0 };
  afterAll(() => {
    const figures = Object.entries(measured).map(
      ([kind, max]) => `${kind} ${max.toExponential(1)}`,
    );
    console.log(`max abs error on ${label}: ${figures.join(", ")}`);
  });

  it.each(parityCases("NAFBlock"))("$name", async (parityCase) => {
    const { compute, dispose } = await compileBlock(module, isa, parityCase);
    const maxAbs = await measure(parityCase, compute);
    dispose();
    if (parityCase.input.high <= 1) measured.NAFBlock = Math.max(measured.NAFBlock, maxAbs);
  });

  it.each(parityCases("NAFNet"))("$name", async (parityCase) => {
    const { compute, dispose } = await compileNetwork(engine, parityCase);
    const maxAbs = await measure(parityCase, compute);
    dispose();
    if (parityCase.input.high <= 1) measured.NAFNet = Math.max(measured.NAFNet, maxAbs);
  });
});

const picture: FloatImage = {
  width: 150,
  height: 131,
  channels: 3,
  data: Float32Array.from(withNoise(scene(150, 131), 25).data, (value) => value / 255),
};
const wide: NAFNetConfig = { ...TINY_SCA, width: 24, encBlkNums: [1, 1, 1], decBlkNums: [1, 1, 1] };
const subjects: ReadonlyArray<[string, number | null, () => Weights | Promise<Weights>]> = [
  ["the default weights, denoise", null, () => readWeights(defaultWeights("denoise"))],
  ["the default weights, deblur", null, () => readWeights(defaultWeights("deblur"))],
  ["SCA", null, () => weightsOf(TINY_SCA)],
  ["SCA with TLC", 64, () => weightsOf(wide)],
  ["MDTA", null, () => weightsOf(TINY_MDTA)],
];

describe("the same picture as tfjs", () => {
  const expected = new Map<string, Float32Array>();
  beforeAll(async () => {
    await useBackend("wasm");
    const tfjs = await createTfjsEngine();
    for (const [subject, tlcBase, load] of subjects) {
      const { network, tensors } = await load();
      const plan = await tfjs.compile(network.graph({ tlcBase }), tensors);
      expected.set(subject, (await plan.run(picture)).data);
      plan.dispose();
    }
  });

  describe.each(fusedBuilds)("$label", (build) => {
    if (build.skipped !== undefined) {
      it.skip(`skipped: ${build.skipped}`);
      return;
    }
    it.each(subjects)("%s", async (subject, tlcBase, load) => {
      const { network, tensors } = await load();
      const plan = await build.engine.compile(network.graph({ tlcBase }), tensors);
      const { data } = await plan.run(picture);
      plan.dispose();
      const ours = quantize(data, 8);
      const theirs = quantize(expected.get(subject)!, 8);
      expect(ours.length).toBe(theirs.length);
      const differences = ours.map((value, i) => Math.abs(value - theirs[i]!));
      expect(differences.reduce((a, b) => Math.max(a, b), 0)).toBeLessThanOrEqual(1);
      const different = differences.reduce((count, value) => count + value, 0);
      expect(different / ours.length).toBeLessThanOrEqual(0.001);
    });
  });
});
