import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, layers, Shape } from "@tensorflow/tfjs-layers";
import { throwIfAborted } from "../../base/abort.ts";
import type { RunOptions } from "../Engine.ts";

/**
 * The result of `model.predict(x)`, computed layer by layer: with progress, an abort that is heard between layers,
 * and tensors freed after their last use. Between layers the event loop runs.
 *
 * @param x float32 [n, h, w, c]; stays the caller's
 * @returns a new tensor, the caller's
 */
export async function runModel(
  model: LayersModel,
  x: tf.Tensor4D,
  { onProgress, signal }: RunOptions,
): Promise<tf.Tensor> {
  const values = new Map<layers.Layer, tf.Tensor>();
  const uses = countUses(model);
  const costs = layerCosts(model, x.shape);
  const total = costs.reduce((sum, value) => sum + value, 0);
  let done = 0;
  let last: tf.Tensor | undefined;
  try {
    // tfjs keeps a model's layers in the order of its data's way.
    for (const [i, layer] of model.layers.entries()) {
      await nextTurnOfEventLoop();
      throwIfAborted(signal);
      const inputs = inputsOf(layer);
      last =
        inputs.length === 0
          ? tf.clone(x)
          : apply(
              layer,
              inputs.map((input) => valueAt(values, input)),
            );
      values.set(layer, last);
      for (const input of inputs) release(values, uses, input);
      done += costs[i] ?? 0;
      onProgress?.(done / total);
    }
    if (last === undefined) throw new Error("The model has no layers.");
    return tf.clone(last);
  } finally {
    tf.dispose([...values.values()]);
  }
}

function apply(layer: layers.Layer, inputs: tf.Tensor[]): tf.Tensor {
  const [only] = inputs;
  const result = layer.apply(inputs.length === 1 && only !== undefined ? only : inputs);
  return result as tf.Tensor; // tensors in, one tensor out
}

function valueAt(values: ReadonlyMap<layers.Layer, tf.Tensor>, layer: layers.Layer): tf.Tensor {
  const value = values.get(layer);
  if (value === undefined) throw new Error(`${layer.name} is used before it is computed.`);
  return value;
}

/** Each layer of our models is applied once: its one inbound node names where its inputs come from. */
function inputsOf(layer: layers.Layer): layers.Layer[] {
  return layer.inboundNodes[0]?.inboundLayers ?? [];
}

function countUses(model: LayersModel): Map<layers.Layer, number> {
  const uses = new Map<layers.Layer, number>();
  for (const layer of model.layers) {
    for (const input of inputsOf(layer)) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  return uses;
}

function release(
  values: Map<layers.Layer, tf.Tensor>,
  uses: Map<layers.Layer, number>,
  layer: layers.Layer,
): void {
  const left = (uses.get(layer) ?? 0) - 1;
  uses.set(layer, left);
  if (left > 0) return;
  values.get(layer)?.dispose();
  values.delete(layer);
}

/** Passes over its output that a layer makes besides its convolutions; fits the time of blocks on wasm. */
const ELEMENTWISE_PASSES = 30;

/** The time of each layer, in arbitrary units, so that progress is even. */
function layerCosts(model: LayersModel, inputShape: number[]): number[] {
  const shapes = new Map<layers.Layer, Shape>();
  return model.layers.map((layer) => {
    const inputs = inputsOf(layer).map((input) => shapes.get(input) ?? []);
    const [only] = inputs;
    const shape =
      only === undefined
        ? inputShape
        : (layer.computeOutputShape(inputs.length === 1 ? only : inputs) as Shape); // one output each
    shapes.set(layer, shape);
    const [, h, w, c] = shape.map((size) => size ?? 1) as [number, number, number, number];
    return h * w * (layer.countParams() + ELEMENTWISE_PASSES * c);
  });
}

function nextTurnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
