/** What the rest of the program knows of a network and of the architectures that there are. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Program } from "../graph/Program.ts";
import type { Parameter } from "../graph/parameters.ts";
import type { WeightMap } from "../graph/WeightMap.ts";

/** Tensors of a state_dict by PyTorch's names; of their properties, detection needs only the shape. */
export type StateDictShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** Options of {@link Network.buildModel} and {@link Network.buildProgram}. */
interface BuildOptions {
  /** TLC's window in pixels at the first level; null: means over the whole picture. */
  readonly tlcBase: number | null;
}

/** A network of one architecture with everything about it decided except its weights. */
export interface Network {
  /** The architecture's name in the registry. */
  readonly architecture: string;
  /** The configuration as plain JSON; {@link Architecture.fromConfig} reads it back. */
  readonly config: object;
  /** One line for people. */
  readonly summary: string;
  /** Input and output channels: 3, or 4 where the fourth is a mask. */
  readonly imgChannel: number;
  /** Every parameter, with its name, shape and PyTorch's name for it. */
  readonly parameters: readonly Parameter[];
  /** Whether there are means over the picture that TLC can make local. */
  readonly supportsTlc: boolean;
  /** The most values per pixel of the picture (padded) that a run of the model holds at a time. */
  readonly peakValuesPerPixel: number;
  /** Whether some checkpoints carry this key beside the network's own, so that it may be left out. */
  isStale(key: string): boolean;
  /** Height and width are padded to a multiple of this. */
  readonly paddingMultiple: number;
  /**
   * Writes the network as a program of the fused engine.
   *
   * @param weights every parameter in its shape; copied into the program
   */
  buildProgram(weights: WeightMap, options: BuildOptions): Program;
  /**
   * Builds the tfjs model, its weights zeros until they are set. Loads tfjs, which nothing else here does.
   * The caller disposes the model.
   */
  buildModel(options: BuildOptions): Promise<LayersModel>;
}

/** One folder of src/models. */
export interface Architecture {
  readonly name: string;
  /** Keys that every checkpoint of it has: what is named as missing when nothing else can be told. */
  readonly signature: readonly string[];
  /** The network whose state_dict this is or comes nearest to; undefined if nothing can be inferred. */
  infer(shapes: StateDictShapes): Network | undefined;
  /**
   * Reads what {@link Network.config} wrote.
   *
   * @throws NafnetError `INVALID_ARGUMENT` when it is not a configuration of this architecture
   */
  fromConfig(config: unknown): Network;
}
