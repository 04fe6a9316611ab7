/** The architectures that there are, and which of them a checkpoint belongs to. */

import { NafnetError } from "../base/errors.ts";
import { listNames, plainName } from "../base/untrustedNames.ts";
import { flatten } from "../graph/Graph.ts";
import { pytorchShape } from "../graph/pytorchLayout.ts";
import type { Architecture, Network, StateDictShapes } from "./Architecture.ts";
import { nafnet } from "./nafnet/NAFNet.ts";
import { type NetworkPrefix, networkPrefixes } from "./networkPrefixes.ts";
import { ownSpelling } from "./ownSpelling.ts";

/** A new architecture is a file in a folder beside nafnet/ and one entry here. */
const ARCHITECTURES: readonly RegisteredArchitecture[] = [registered(nafnet)];

/** An architecture without its configuration's type: the registry's are all alike. */
interface RegisteredArchitecture {
  readonly name: string;
  readonly signature: readonly string[];
  readonly otherSpellings: ReadonlyMap<string, string>;
  infer(shapes: StateDictShapes): Network | undefined;
  fromConfig(config: unknown): Network;
}

/** Keys of each kind that an error message names. */
const NAMED_KEYS = 4;

/** Keys that no network has a use for: what averaging, thop's profile() and BatchNorm count. */
const COUNTERS = /(?:^|\.)(?:n_averaged|total_ops|total_params|num_batches_tracked)$/;

/** A network and its keys in the checkpoint. */
export interface Identified {
  readonly network: Network;
  /** The checkpoint's key of each of the network's, by PyTorch's name; they differ where its spelling does. */
  readonly keys: ReadonlyMap<string, string>;
  /** Keys of the checkpoint that the network has no use for. */
  readonly staleKeys: readonly string[];
}

/** Differences between a state_dict and a network's. */
interface Difference {
  readonly architecture: string;
  /** Whether the network itself could be told, not only its architecture's signature. */
  readonly inferred: boolean;
  readonly expected: number;
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly string[];
  readonly mixed: readonly string[];
}

/**
 * Tells the architecture from the keys and the configuration from keys and shapes.
 *
 * @param place the place of these keys in their file, for the message, e.g. `under "params"`
 * @throws NafnetError `MODEL_UNSUPPORTED`, naming the nearest architecture and the difference
 */
export function identify(shapes: StateDictShapes, place = ""): Identified {
  const found = compareAll(shapes);
  if (!Array.isArray(found)) return found;
  const nearest = found.reduce((a, b) => (agreement(b) > agreement(a) ? b : a));
  throw new NafnetError("MODEL_UNSUPPORTED", describe(nearest, place));
}

/** Whether {@link identify} knows the network. */
export function isKnownNetwork(shapes: StateDictShapes): boolean {
  return !Array.isArray(compareAll(shapes));
}

/** The prefixes under which a network of any architecture may lie in a state_dict, without repetition. */
export function possiblePrefixes(keys: readonly string[]): NetworkPrefix[] {
  const found = new Map<string, NetworkPrefix>();
  for (const { signature, otherSpellings } of ARCHITECTURES) {
    for (const candidate of networkPrefixes(keys, signature, otherSpellings)) {
      const known = found.get(candidate.prefix);
      if (known === undefined || known.share < candidate.share)
        found.set(candidate.prefix, candidate);
    }
  }
  return [...found.values()];
}

/** Whether a key counts something beside the weights, so that no network needs it. */
export function isCounter(key: string): boolean {
  return COUNTERS.test(key);
}

/** The network, or the difference to each architecture. */
function compareAll(checkpoint: StateDictShapes): Identified | Difference[] {
  const differences: Difference[] = [];
  for (const architecture of ARCHITECTURES) {
    const { shapes, keys, mixed } = ownSpelling(checkpoint, architecture.otherSpellings);
    const network = architecture.infer(shapes);
    if (network === undefined) {
      differences.push({ ...differenceToSignature(architecture, shapes), mixed });
      continue;
    }
    const stale = new Set(
      [...shapes.keys()].filter((key) => isCounter(key) || network.isStale(key)),
    );
    const difference = { ...compare(network, shapes, stale), mixed };
    if (isEqual(difference)) {
      return { network, keys, staleKeys: [...stale].map((key) => keys.get(key) ?? key) };
    }
    differences.push(difference);
  }
  return differences;
}

/**
 * Reads an architecture's name and configuration back.
 *
 * @throws NafnetError `MODEL_UNSUPPORTED` for a name that is not in the registry, `INVALID_ARGUMENT` for
 *   a configuration that is not the architecture's
 */
export function networkFromConfig(name: unknown, config: unknown): Network {
  const architecture = ARCHITECTURES.find((candidate) => candidate.name === name);
  if (architecture === undefined) {
    const known = ARCHITECTURES.map((candidate) => candidate.name).join(", ");
    throw new NafnetError(
      "MODEL_UNSUPPORTED",
      `Expected a known architecture (${known}) but received ${JSON.stringify(name)}.`,
    );
  }
  return architecture.fromConfig(config);
}

function registered<Config extends object>(
  architecture: Architecture<Config>,
): RegisteredArchitecture {
  const { name, signature, otherSpellings } = architecture;
  return {
    ...{ name, signature, otherSpellings },
    infer(shapes) {
      const config = architecture.infer(shapes);
      return config === undefined ? undefined : networkOf(architecture, config);
    },
    fromConfig(config) {
      if (architecture.isConfig(config)) return networkOf(architecture, config);
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected a ${name} configuration { ${architecture.configFields.join(", ")} } but received ${JSON.stringify(config)}.`,
      );
    },
  };
}

function networkOf<Config extends object>(
  architecture: Architecture<Config>,
  config: Config,
): Network {
  const { summary, input, parameters, nodes } = architecture.graph(config, { tlcBase: null });
  return {
    architecture: architecture.name,
    config,
    summary,
    imgChannel: input.channels,
    parameters,
    supportsTlc: flatten(nodes).some(({ operation }) => operation.kind === "channelAttention"),
    isStale: (key) => architecture.isStale(key, config),
    graph: (options) => architecture.graph(config, options),
  };
}

function differenceToSignature(
  architecture: RegisteredArchitecture,
  shapes: StateDictShapes,
): Omit<Difference, "mixed"> {
  const { name, signature } = architecture;
  return {
    architecture: name,
    inferred: false,
    expected: signature.length,
    missing: signature.filter((key) => !shapes.has(key)),
    unexpected: [...shapes.keys()].filter((key) => !signature.includes(key)),
    misshapen: [],
  };
}

function compare(
  network: Network,
  shapes: StateDictShapes,
  stale: ReadonlySet<string>,
): Omit<Difference, "mixed"> {
  const expected = new Map(network.parameters.map((p) => [p.pytorchName, pytorchShape(p)]));
  return {
    architecture: network.architecture,
    inferred: true,
    expected: expected.size,
    missing: [...expected.keys()].filter((key) => !shapes.has(key)),
    unexpected: [...shapes.keys()].filter((key) => !expected.has(key) && !stale.has(key)),
    misshapen: [...expected].flatMap(([key, shape]) => {
      const came = shapes.get(key)?.shape;
      return came === undefined || came.join() === shape.join()
        ? []
        : [`${key} [${came}] instead of [${shape}]`];
    }),
  };
}

function isEqual({ missing, unexpected, misshapen, mixed }: Difference): boolean {
  return missing.length + unexpected.length + misshapen.length + mixed.length === 0;
}

function fitting({ expected, missing, misshapen }: Difference): number {
  return expected - missing.length - misshapen.length;
}

/** The share of keys that fit, of all that either side has. */
function agreement(difference: Difference): number {
  return fitting(difference) / (difference.expected + difference.unexpected.length);
}

function describe(difference: Difference, place: string): string {
  const { architecture, expected, missing, unexpected, misshapen, mixed } = difference;
  const here = place === "" ? "" : ` ${place}`;
  const known = `Expected a checkpoint of ${ARCHITECTURES.map((a) => a.name).join(" or ")}`;
  if (fitting(difference) === 0) {
    const found =
      unexpected.length === 0 ? "there are no keys" : `its keys are ${list(unexpected)}`;
    const sought = missing.length === 0 ? "" : ` (${list(missing)})`;
    return `Unknown model. None of the keys that every ${architecture} has${sought} is there${here}; ${found}. ${known}.`;
  }
  const nearest = `Unknown model. The nearest architecture is ${architecture}${here}:`;
  if (mixed.length > 0) {
    return `${nearest} it has modules in two spellings, ${mixed.join(", ")}. Expected one spelling throughout: rename the keys in Python.`;
  }
  if (difference.inferred && missing.length + misshapen.length === 0) {
    return `${nearest} all of its ${expected} keys are there, and others that it does not have: ${list(unexpected)}. ${known} alone. If the others belong to a loss or another network, save the network's own state_dict in Python; if not, it is a variant that is not known.`;
  }
  const kinds: Array<[string, readonly string[]]> = [
    ["missing", missing],
    ["unexpected", unexpected],
    ["wrong shape", misshapen],
  ];
  const parts = kinds.flatMap(([kind, keys]) => (keys.length > 0 ? [`${kind} ${list(keys)}`] : []));
  return `${nearest} ${fitting(difference)} of ${expected} keys; ${parts.join("; ")}. ${known}.`;
}

function list(keys: readonly string[]): string {
  return listNames(keys.map(plainName), NAMED_KEYS);
}
