/**
 * Fixtures that tools/parity/reference.py wrote to test/fixtures/parity: the cases, and PyTorch's own outputs.
 *
 * ```ts
 * for (const parityCase of parityCases("SimpleGate")) {
 *   const actual = simpleGate(toNhwc(inputFor(parityCase)));
 *   expectParity(actual.data, toNhwc(expectedFor(parityCase)).data, { tolerance: 1e-6 });
 * }
 * ```
 */
import { readFileSync } from "node:fs";

/** Float32 values in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A weight of a state dict; its values are drawn between `low` and `high`. */
interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly low: number;
  readonly high: number;
}

type Nchw = readonly [n: number, c: number, h: number, w: number];

/** TLC's window [height, width] in pixels; null is the mean over the whole picture. */
type Window = readonly [number, number] | null;

/** Each kind's configuration, as reference.py spells it. */
interface ParityConfigs {
  LayerNorm2d: { readonly channels: number };
  SimpleGate: Record<string, never>;
  PixelShuffle: { readonly factor: number };
  /** The output is the attention alone, [n, c, 1, 1], or [n, c, h, w] where the window is smaller. */
  SimplifiedChannelAttention: { readonly channels: number; readonly tlc_window: Window };
  /** The output is the attention alone, not yet multiplied by the input. */
  MDTA: { readonly channels: number; readonly heads: number; readonly bias: boolean };
  NAFBlock: {
    readonly channels: number;
    readonly attention: "sca" | "mdta";
    /** Heads of MDTA; `bias` is MDTA's, too. */
    readonly heads: number;
    readonly bias: boolean;
    readonly tlc_window: Window;
  };
  NAFNet: {
    readonly img_channel: number;
    readonly width: number;
    readonly middle_blk_num: number;
    readonly enc_blk_nums: readonly number[];
    readonly dec_blk_nums: readonly number[];
    readonly attention: "sca" | "mdta";
    readonly mdta_heads: number;
    readonly mdta_bias: boolean;
    /** The window at level 0; at level l it is this divided by 2^l. */
    readonly tlc_base: number | null;
  };
}

export type ParityKind = keyof ParityConfigs;

interface StoredCase<K extends ParityKind> {
  readonly name: string;
  readonly kind: K;
  readonly config: ParityConfigs[K];
  readonly input: {
    readonly shape: Nchw;
    readonly low: number;
    readonly high: number;
    /** The channel that holds only zeros and ones. */
    readonly mask_channel: number | null;
  };
  /** Seed and name of the weights, which a network's cases share over several sizes. */
  readonly state_dict: string | null;
  readonly output: { readonly shape: Nchw; readonly offset: number; readonly max_abs: number };
  /** PyTorch's own largest difference between float32 and float64: no tolerance can be below it. */
  readonly noise: number;
  /** SHA-256 of the output's bytes. */
  readonly sha256: string;
}

type StoredCases = { [K in ParityKind]: StoredCase<K> }[ParityKind];

/** One comparison with PyTorch. */
export type ParityCase<K extends ParityKind = ParityKind> = Extract<StoredCases, { kind: K }> & {
  readonly weights: readonly WeightSpec[];
};

/** manifest.json. */
export interface ParityManifest {
  readonly generator: string;
  readonly torch: string;
  readonly numpy: string;
  readonly outputs: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** First values of two tensors, as numpy made them. */
  readonly samples: readonly {
    readonly name: string;
    readonly low: number;
    readonly high: number;
    readonly values: readonly number[];
  }[];
  readonly cases: readonly StoredCases[];
  /** Every state dict by name: PyTorch's keys, in its order, with their shapes. */
  readonly state_dicts: Readonly<Record<string, readonly WeightSpec[]>>;
}

const folder = new URL("../fixtures/parity/", import.meta.url);

export const manifest: ParityManifest = JSON.parse(
  readFileSync(new URL("manifest.json", folder), "utf8"),
);

/** All outputs, one after another. */
export const outputBytes: Uint8Array = readFileSync(new URL(manifest.outputs.file, folder));

/** The cases of one kind, in the manifest's order. */
export function parityCases<K extends ParityKind>(kind: K): ParityCase<K>[] {
  return manifest.cases
    .filter((stored): stored is Extract<StoredCases, { kind: K }> => stored.kind === kind)
    .map((stored) => ({ ...stored, weights: weightsOf(stored) }));
}

/** PyTorch's float32 output, NCHW. */
export function expectedFor(parityCase: ParityCase): Tensor {
  const { shape, offset } = parityCase.output;
  const view = new DataView(outputBytes.buffer, outputBytes.byteOffset, outputBytes.byteLength);
  const count = shape.reduce((total, size) => total * size, 1);
  const data = Float32Array.from({ length: count }, (_, i) =>
    view.getFloat32(offset + 4 * i, true),
  );
  return { shape, data };
}

/** A copy with the channels last: [n, c, h, w] becomes [n, h, w, c]. */
export function toNhwc(tensor: Tensor): Tensor {
  const [n, c, h, w, ...rest] = tensor.shape;
  if (n === undefined || c === undefined || h === undefined || w === undefined || rest.length > 0) {
    throw new Error(`Expected a tensor of rank 4 but received shape [${tensor.shape.join(", ")}]`);
  }
  const pixels = h * w;
  const data = new Float32Array(tensor.data.length);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < c; channel++) {
      const plane = tensor.data.subarray((image * c + channel) * pixels);
      for (let pixel = 0; pixel < pixels; pixel++) {
        data[(image * pixels + pixel) * c + channel] = plane[pixel] ?? Number.NaN;
      }
    }
  }
  return { shape: [n, h, w, c], data };
}

function weightsOf(stored: StoredCases): readonly WeightSpec[] {
  if (stored.state_dict === null) return [];
  const weights = manifest.state_dicts[stored.state_dict];
  if (weights === undefined) {
    throw new Error(`${stored.name}: manifest.json has no state dict "${stored.state_dict}"`);
  }
  return weights;
}
