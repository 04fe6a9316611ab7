/** Networks whose weights were chosen by hand, so that their results are wrong in a known way. */

import { networkFromConfig } from "../../src/models/registry.ts";
import { writeWeights } from "../../src/weights/writeWeights.ts";

const WIDTH = 4;
/** Index of the middle of a 3x3 kernel [3, 3, c, d], in kernels of c·d values. */
const MIDDLE = 4;

/** The faults of a network. */
interface Crafted {
  /** Colour that is added to the picture. */
  readonly offset?: readonly [red: number, green: number, blue: number];
  /** Factor of the picture that is added to it. */
  readonly gain?: number;
  /** Factor of (mean of red − 0.5) that is added: the mean over the picture, or with TLC a window. */
  readonly meanGain?: number;
  /** Whether values overflow: 10^60, which float32 does not have. */
  readonly overflow?: boolean;
  /** Whether the weights say that they are meant for TLC. */
  readonly tlc?: boolean;
  /** Channels of the picture, 4 for inpaint. @default 3 */
  readonly imgChannel?: 3 | 4;
}

/** Writes a NAFNet with one block; whatever is not asked for is 0. */
export async function writeCraftedWeights(folder: string, crafted: Crafted): Promise<void> {
  const { offset = [0, 0, 0], gain = 0, meanGain = 0, overflow = false, imgChannel = 3 } = crafted;
  const network = networkFromConfig("NAFNet", {
    imgChannel,
    width: WIDTH,
    encBlkNums: [1],
    middleBlkNum: 0,
    decBlkNums: [0],
    attention: { kind: "sca" },
  });
  const tensors = new Map(
    network.parameters.map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      return [name, { shape, data }] as const;
    }),
  );
  const set = (name: string, values: Readonly<Record<number, number>>): void => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`There is no ${name}.`);
    for (const [at, value] of Object.entries(values)) tensor.data[Number(at)] = value;
  };

  const intro = MIDDLE * imgChannel * WIDTH;
  const ending = MIDDLE * WIDTH * imgChannel;
  set("ending/bias", { 0: offset[0], 1: offset[1], 2: offset[2] });
  if (gain !== 0) {
    for (let c = 0; c < 3; c++) {
      set("intro/kernel", { [intro + c * WIDTH + c]: 1 });
      set("ending/kernel", { [ending + c * imgChannel + c]: gain });
    }
  }
  if (overflow) {
    set("intro/bias", { 0: 1e30 });
    set("ending/kernel", { [ending]: 1e30 });
  }
  if (meanGain !== 0) {
    // Channels of a pixel: red r, 10, −10, 0. LayerNorm's mean is r/4, its deviation √50 or nearly.
    set("intro/kernel", { [intro]: 1 });
    set("intro/bias", { 1: 10, 2: -10 });
    const block = "encoders.0.0";
    set(`${block}/norm1/weight`, { 0: 1 });
    // The gate's first half: r', 1; its second: 1, 1. So t is r', 1.
    set(`${block}/conv1/kernel`, { 0: 1 });
    set(`${block}/conv1/bias`, { 1: 1, [WIDTH]: 1, [WIDTH + 1]: 1 });
    const depthwise = Array.from({ length: 2 * WIDTH }, (_, c) => [MIDDLE * 2 * WIDTH + c, 1]);
    set(`${block}/conv2/kernel`, Object.fromEntries(depthwise) as Record<number, number>);
    // Attention of the second channel: mean of r, which is 0.75 / √50 in r', minus 0.5.
    set(`${block}/sca/kernel`, { 1: Math.sqrt(50) / 0.75 });
    set(`${block}/sca/bias`, { 1: -0.5 });
    set(`${block}/conv3/kernel`, { [WIDTH + 3]: 1 }); // from the second channel to the fourth
    set(`${block}/beta`, { 3: 1 });
    for (let c = 0; c < 3; c++) set("ending/kernel", { [ending + 3 * imgChannel + c]: meanGain });
  }
  const source = { file: null, sha256: "0".repeat(64) };
  const metadata = { task: null, license: null, training: null, tlc: crafted.tlc ?? false, source };
  await writeWeights({ network, tensors, metadata }, folder);
}
