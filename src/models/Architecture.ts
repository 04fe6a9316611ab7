/** An architecture, as the registry knows it, and a network of one. */

import type { Graph } from "../graph/Graph.ts";
import type { Parameter } from "../graph/parameters.ts";

/** Tensors of a state_dict by PyTorch's names; of their properties, detection needs only the shape. */
export type StateDictShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** Ways to run a network that change its graph. */
export interface GraphOptions {
  /** TLC's window in pixels at the first level; null: means over the whole picture. */
  readonly tlcBase: number | null;
}

/**
 * One architecture: how its graph is built, and how it is told from a state_dict. `Config` is everything
 * that tells one network of it from another, as plain JSON.
 */
export interface Architecture<Config extends object> {
  /** Unique in the registry; model.json has it. */
  readonly name: string;
  /** Keys that every checkpoint of it has, named as missing when nothing else can be told. */
  readonly signature: readonly string[];
  /** Names of modules that some checkpoints have in place of the architecture's own, and the own ones. */
  readonly otherSpellings: ReadonlyMap<string, string>;
  /** Configuration whose state_dict this is or comes nearest to; undefined if nothing can be inferred. */
  infer(shapes: StateDictShapes): Config | undefined;
  /** Names of the configuration's fields, for messages. */
  readonly configFields: readonly (keyof Config & string)[];
  /** Whether a value, from model.json as a rule, is a configuration of this architecture. */
  isConfig(value: unknown): value is Config;
  /** The network's description, from which all else is derived. */
  graph(config: Config, options: GraphOptions): Graph;
  /** Whether some checkpoints carry this key beside the network's own, so that it may be left out. */
  isStale(key: string, config: Config): boolean;
}

/** A network with everything about it decided except its weights. */
export interface Network {
  /** The architecture's name in the registry. */
  readonly architecture: string;
  /** The configuration as plain JSON; `networkFromConfig` reads it back. */
  readonly config: object;
  /** One line for people. */
  readonly summary: string;
  /** Channels of the picture: 3, or 4 where the fourth is a mask. */
  readonly imgChannel: number;
  /** Every parameter, with its name, shape and PyTorch's name for it. */
  readonly parameters: readonly Parameter[];
  /** Whether there are means over the picture that TLC can make local. */
  readonly supportsTlc: boolean;
  /** See {@link Architecture.isStale}. */
  isStale(key: string): boolean;
  /** The description to run it by. */
  graph(options: GraphOptions): Graph;
}
