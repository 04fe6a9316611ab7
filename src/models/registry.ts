/** The architectures that there are, and which of them a checkpoint belongs to. */

import { NafnetError } from "../base/errors.ts";
import { flatten } from "../graph/Graph.ts";
import { pytorchShape } from "../graph/pytorchLayout.ts";
import type { Architecture, Network, StateDictShapes } from "./Architecture.ts";
import { nafnet } from "./nafnet/NAFNet.ts";

/** A new architecture is a file in a folder beside nafnet/ and one entry here. */
const ARCHITECTURES: readonly RegisteredArchitecture[] = [registered(nafnet)];

/** An architecture without its configuration's type: the registry's are all alike. */
interface RegisteredArchitecture {
  readonly name: string;
  readonly signature: readonly string[];
  infer(shapes: StateDictShapes): Network | undefined;
  fromConfig(config: unknown): Network;
}

/** Keys of each kind that an error message names. */
const NAMED_KEYS = 4;

/** A network and the keys of the checkpoint that it has no use for. */
export interface Identified {
  readonly network: Network;
  readonly staleKeys: readonly string[];
}

/** Differences between a state_dict and a network's. */
interface Difference {
  readonly architecture: string;
  readonly expected: number;
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly string[];
}

/**
 * Tells the architecture from the keys and the configuration from keys and shapes.
 *
 * @throws NafnetError `MODEL_UNSUPPORTED`, naming the nearest architecture and the difference
 */
export function identify(shapes: StateDictShapes): Identified {
  const differences: Difference[] = [];
  for (const architecture of ARCHITECTURES) {
    const network = architecture.infer(shapes);
    if (network === undefined) {
      differences.push(differenceToSignature(architecture, shapes));
      continue;
    }
    const staleKeys = [...shapes.keys()].filter((key) => network.isStale(key));
    const difference = compare(network, shapes, new Set(staleKeys));
    if (isEqual(difference)) return { network, staleKeys };
    differences.push(difference);
  }
  const nearest = differences.reduce((a, b) => (agreement(b) > agreement(a) ? b : a));
  throw new NafnetError("MODEL_UNSUPPORTED", describe(nearest));
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
  const { name, signature } = architecture;
  return {
    ...{ name, signature },
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
): Difference {
  const { name, signature } = architecture;
  return {
    architecture: name,
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
): Difference {
  const expected = new Map(network.parameters.map((p) => [p.pytorchName, pytorchShape(p)]));
  return {
    architecture: network.architecture,
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

function isEqual({ missing, unexpected, misshapen }: Difference): boolean {
  return missing.length + unexpected.length + misshapen.length === 0;
}

function fitting({ expected, missing, misshapen }: Difference): number {
  return expected - missing.length - misshapen.length;
}

/** The share of keys that fit, of all that either side has. */
function agreement(difference: Difference): number {
  return fitting(difference) / (difference.expected + difference.unexpected.length);
}

function describe(difference: Difference): string {
  const { architecture, expected, missing, unexpected, misshapen } = difference;
  const kinds: Array<[string, readonly string[]]> = [
    ["missing", missing],
    ["unexpected", unexpected],
    ["wrong shape", misshapen],
  ];
  const parts = kinds.flatMap(([kind, keys]) => (keys.length > 0 ? [`${kind} ${list(keys)}`] : []));
  return `Unknown model. The nearest architecture is ${architecture}: ${fitting(difference)} of ${expected} keys; ${parts.join("; ")}. Expected a checkpoint of ${ARCHITECTURES.map((a) => a.name).join(" or ")}.`;
}

function list(keys: readonly string[]): string {
  const named = keys.slice(0, NAMED_KEYS).join(", ");
  return keys.length > NAMED_KEYS ? `${named} and ${keys.length - NAMED_KEYS} more` : named;
}
