/** Loads weights, chooses an engine and compiles the network for it. */

import { throwIfAborted } from "../base/abort.ts";
import { NafnetError } from "../base/errors.ts";
import type { Plan } from "../engine/Engine.ts";
import { selectEngine } from "../engine/select.ts";
import type { Network } from "../models/Architecture.ts";
import { loadWeights } from "../weights/loadWeights.ts";
import { AutoRestorer } from "./AutoRestorer.ts";
import { mirrorTiny } from "./mirrorTiny.ts";
import { Restorer } from "./Restorer.ts";
import { checkRestorerOptions, type RestorerOptions } from "./RestorerOptions.ts";
import { checkTask, defaultWeights, type Task, type TaskOrAuto } from "./tasks.ts";

/** TLC's window at the first level: 1.5 times the 256 pixels that the published networks were trained on. */
const TLC_BASE = 384;

/**
 * Loads weights and makes them ready to run.
 *
 * @param task `"auto"` measures each picture's noise and blur and denoises it, deblurs it or leaves it as it
 *   is; its networks are loaded when they are first needed
 * @returns a restorer, which the caller disposes
 * @throws NafnetError `INVALID_ARGUMENT`, `INPUT_NOT_FOUND`, `WEIGHTS_MISSING`, `WEIGHTS_CORRUPT`,
 *   `CHECKPOINT_…`, `MODEL_UNSUPPORTED`, `ENGINE_UNAVAILABLE`, `ABORTED`
 * @example
 * const restorer = await createRestorer("denoise");
 * for (const path of paths) await (await restorer.restore(path)).save(`clean/${path}`);
 * restorer.dispose(); // or `using restorer = …`, which does it at the end of the block
 */
export function createRestorer(task: Task, options?: RestorerOptions): Promise<Restorer>;
export function createRestorer(task: "auto", options?: RestorerOptions): Promise<AutoRestorer>;
export function createRestorer(
  task: TaskOrAuto,
  options?: RestorerOptions,
): Promise<Restorer | AutoRestorer>;
export async function createRestorer(
  task: TaskOrAuto,
  options: RestorerOptions = {},
): Promise<Restorer | AutoRestorer> {
  const checked = checkTask(task);
  checkRestorerOptions(options);
  throwIfAborted(options.signal);
  if (checked !== "auto") return loadRestorer(checked, options);
  checkAutoOptions(options);
  // The signal is for the loading of this call, not for networks that are loaded when they are needed.
  const { signal: _, ...lasting } = options;
  return new AutoRestorer((needed) => loadRestorer(needed, lasting));
}

async function loadRestorer(task: Task, options: RestorerOptions): Promise<Restorer> {
  const { signal } = options;
  const path = options.weights ?? defaultWeights(task);
  const { weights, warnings } = await loadWeights(path);
  throwIfAborted(signal);
  const { network, tensors, metadata } = weights;
  checkChannels(task, network, path);
  if (options.tlc === true && !network.supportsTlc) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `TLC makes the means of simplified channel attention local, but ${path} is ${network.summary}; leave tlc out.`,
    );
  }
  const wanted = typeof options.tlc === "boolean" ? options.tlc : metadata.tlc;
  const tlc = wanted && network.supportsTlc;
  const { threads, maxMemoryBytes, precision, scratchFolder } = options;
  const engineOptions = { threads, maxMemoryBytes, precision, scratchFolder };
  const engine = await selectEngine(options.engine, engineOptions);
  const compile = async (tlcBase: number | null): Promise<Plan> => {
    const plan = await engine.compile(network.graph({ tlcBase }), tensors, engineOptions);
    return mirrorTiny(plan, network.imgChannel);
  };
  const plan = await compile(tlc ? TLC_BASE : null);
  if (signal?.aborted) plan.dispose();
  throwIfAborted(signal);
  // Keeps the weights for as long as a second plan may be wanted.
  const compileWithoutTlc = tlc ? () => compile(null) : undefined;
  return new Restorer({ task, network, engine, plan, compileWithoutTlc, metadata, warnings });
}

function checkChannels(task: Task, network: Network, path: string): void {
  const expected = task === "inpaint" ? 4 : 3;
  if (network.imgChannel !== expected) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected weights with ${expected} input channels for ${task} but ${path} is ${network.summary}.`,
    );
  }
}

function checkAutoOptions({ weights, tlc }: RestorerOptions): void {
  if (weights === undefined && tlc !== true) return;
  const given = weights !== undefined ? "weights" : "tlc";
  throw new NafnetError(
    "INVALID_ARGUMENT",
    `Expected no ${given} for auto, which chooses between the package's own networks; leave it out, or name the task.`,
  );
}
