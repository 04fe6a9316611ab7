/** PyTorch's layouts of parameters and ours. */

import type { Parameter } from "./parameters.ts";

/** The shape of a parameter in PyTorch's state_dict. */
export function pytorchShape({ layout, shape }: Parameter): number[] {
  switch (layout) {
    case "vector":
      return [...shape];
    case "channelScale":
      return [1, ...shape, 1, 1];
    case "headScale":
      return [...shape, 1, 1];
    case "convolution": {
      const [kh = 1, kw = 1, c = 1, d = 1] = shape;
      return [d, c, kh, kw];
    }
    case "depthwise": {
      const [kh = 1, kw = 1, c = 1] = shape;
      return [c, 1, kh, kw];
    }
    default:
      return layout satisfies never;
  }
}

/**
 * Values of a parameter in our order.
 *
 * @param values in PyTorch's order, of {@link pytorchShape}'s size; not changed
 * @returns a new array for kernels, `values` itself where the order is the same
 */
export function fromPytorchLayout(parameter: Parameter, values: Float32Array): Float32Array {
  return reordered(parameter, values, (ours, pytorchs, to) => {
    to[ours] = values[pytorchs]!;
  });
}

/**
 * Values of a parameter in PyTorch's order: the inverse of {@link fromPytorchLayout}.
 *
 * @param values in our order; not changed
 * @returns a new array for kernels, `values` itself where the order is the same
 */
export function toPytorchLayout(parameter: Parameter, values: Float32Array): Float32Array {
  return reordered(parameter, values, (ours, pytorchs, to) => {
    to[pytorchs] = values[ours]!;
  });
}

/** Calls `copy` with each value's place in both orders. */
function reordered(
  { layout, shape }: Parameter,
  values: Float32Array,
  copy: (ours: number, pytorchs: number, to: Float32Array) => void,
): Float32Array {
  if (layout !== "convolution" && layout !== "depthwise") return values;
  // Both kernels end in [outer, kh, kw] there and begin with [kh, kw] here.
  const [kh = 1, kw = 1, c = 1, d = 1] = shape;
  const to = new Float32Array(values.length);
  for (let position = 0; position < kh * kw; position++) {
    for (let i = 0; i < c; i++) {
      for (let o = 0; o < d; o++) {
        copy((position * c + i) * d + o, (o * c + i) * kh * kw + position, to);
      }
    }
  }
  return to;
}
