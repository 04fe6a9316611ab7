/** Folders of weights of a network small enough to run in no time; the values are random. */

import { networkFromConfig } from "../../src/models/registry.ts";
import type { Weights } from "../../src/weights/Weights.ts";
import { writeWeights } from "../../src/weights/writeWeights.ts";
import { randomValues } from "../parity/random.ts";

/** Options of the network and its values. */
interface TinyOptions {
  /** Channels of the picture, 4 for inpaint. @default 3 */
  readonly imgChannel?: 3 | 4;
  /** Seed of the values. @default "tiny" */
  readonly seed?: string;
}

/** Factor of the last convolution's weights: a result is 5 of 255 from the picture, and passes the checks. */
const ENDING_SCALE = 0.04;

/** A NAFNet of width 8 with simplified channel attention. */
function tinyWeights({ imgChannel = 3, seed = "tiny" }: TinyOptions = {}): Weights {
  const network = networkFromConfig("NAFNet", {
    imgChannel,
    width: 8,
    encBlkNums: [1, 1],
    middleBlkNum: 1,
    decBlkNums: [1, 1],
    attention: { kind: "sca" },
  });
  const tensors = new Map(
    network.parameters.map(({ name, shape }) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const limit = name.startsWith("ending/") ? ENDING_SCALE * 0.2 : 0.2;
      return [name, { shape, data: randomValues(`${seed}/${name}`, count, -limit, limit) }];
    }),
  );
  const source = { file: null, sha256: "0".repeat(64) };
  return {
    network,
    tensors,
    metadata: { task: null, license: null, training: null, tlc: false, source },
  };
}

/** Writes the weights as a folder. */
export async function writeTinyWeights(folder: string, options: TinyOptions = {}): Promise<void> {
  await writeWeights(tinyWeights(options), folder);
}
