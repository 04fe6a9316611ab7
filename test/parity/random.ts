/**
 * Weights and inputs of the parity cases, made from their names: the twin of `uniform` and `between` in
 * tools/parity/reference.py, equal to the bit.
 */
import type { ParityCase, Tensor } from "./fixtures.ts";

/**
 * Float32 values between `low` and `high` from a counter-based hash: the same name gives the same values.
 *
 * @param name the seed, e.g. `gopro-sca-w8/intro.weight`
 * @param count how many
 */
export function randomValues(name: string, count: number, low: number, high: number): Float32Array {
  const seed = fnv1a(name);
  const range = high - low;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const bits24 = mix(seed + Math.imul(i, 0x9e3779b9)) >>> 8;
    values[i] = low + range * (bits24 / 2 ** 24);
  }
  return values;
}

/** The case's weights under PyTorch's names and in its layouts (convolutions OIHW). */
export function stateDictFor(parityCase: ParityCase): Map<string, Tensor> {
  const stateDict = new Map<string, Tensor>();
  for (const { name, shape, low, high } of parityCase.weights) {
    const data = randomValues(`${parityCase.state_dict}/${name}`, product(shape), low, high);
    stateDict.set(name, { shape, data });
  }
  return stateDict;
}

/** The case's input, NCHW; a mask channel holds zeros and ones. */
export function inputFor(parityCase: ParityCase): Tensor {
  const { shape, low, high, mask_channel } = parityCase.input;
  const data = randomValues(`${parityCase.name}/input`, product(shape), low, high);
  if (mask_channel !== null) {
    const [n, c, h, w] = shape;
    for (let image = 0; image < n; image++) {
      const start = (image * c + mask_channel) * h * w;
      const mask = data.subarray(start, start + h * w);
      mask.set(mask.map((value) => (value >= (low + high) / 2 ? 1 : 0)));
    }
  }
  return { shape, data };
}

/** FNV-1a, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/** murmur3's finalizer, which spreads every input bit over all 32. */
function mix(input: number): number {
  let x = input;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}
