/**
 * The table of names: the learnt tensors of each operation, here and in PyTorch. Layers build their weights
 * from it, checkpoints are converted by it, engines know what to expect. PyTorch's spelling stops here.
 */

/** Layout of a parameter here and in PyTorch's state_dict. */
type ParameterLayout =
  /** [c], the same on both sides */
  | "vector"
  /** [c] here; [1, c, 1, 1] in PyTorch */
  | "channelScale"
  /** [heads] here; [heads, 1, 1] in PyTorch */
  | "headScale"
  /** [kh, kw, c, d] here; [d, c, kh, kw] in PyTorch */
  | "convolution"
  /** [kh, kw, c, 1] here; [c, 1, kh, kw] in PyTorch */
  | "depthwise";

/** One learnt tensor. */
export interface Parameter {
  /** Name in its layer, e.g. `conv1/kernel`. */
  readonly name: string;
  /** Name in PyTorch's module, e.g. `conv1.weight`. */
  readonly pytorchName: string;
  /** Shape here. */
  readonly shape: readonly number[];
  readonly layout: ParameterLayout;
  /** The value before training; a fan-in stands for PyTorch's uniform distribution within ±1/√fanIn. */
  readonly initial: "zeros" | "ones" | { readonly fanIn: number };
}

/** `parameters` inside a larger layer or module. */
export function within(
  scope: string,
  pytorchScope: string,
  parameters: readonly Parameter[],
): Parameter[] {
  return parameters.map((parameter) => ({
    ...parameter,
    name: `${scope}/${parameter.name}`,
    pytorchName: `${pytorchScope}.${parameter.pytorchName}`,
  }));
}

/** A convolution from `c` to `d` channels: `kernel` and, with `useBias`, `bias`. */
export function convolution(size: number, c: number, d: number, useBias = true): Parameter[] {
  return withBias(d, useBias, {
    name: "kernel",
    pytorchName: "weight",
    shape: [size, size, c, d],
    layout: "convolution",
    initial: { fanIn: size * size * c },
  });
}

/** A depthwise convolution of `c` channels: `kernel` and, with `useBias`, `bias`. */
export function depthwiseConvolution(size: number, c: number, useBias = true): Parameter[] {
  return withBias(c, useBias, {
    name: "kernel",
    pytorchName: "weight",
    shape: [size, size, c, 1],
    layout: "depthwise",
    initial: { fanIn: size * size },
  });
}

function withBias(channels: number, useBias: boolean, kernel: Parameter): Parameter[] {
  return useBias ? [kernel, vector("bias", channels, kernel.initial)] : [kernel];
}

function vector(name: string, c: number, initial: Parameter["initial"]): Parameter {
  return { name, pytorchName: name, shape: [c], layout: "vector", initial };
}

/** LayerNorm2d's `weight` and `bias`. */
export function layerNormParameters(c: number): Parameter[] {
  return [vector("weight", c, "ones"), vector("bias", c, "zeros")];
}

/** MDTA's parameters. */
export function mdtaParameters(c: number, heads: number, useBias: boolean): Parameter[] {
  return [
    {
      name: "temperature",
      pytorchName: "temperature",
      shape: [heads],
      layout: "headScale",
      initial: "ones",
    },
    ...within("qkv", "qkv", convolution(1, c, 3 * c, useBias)),
    ...within("qkv_dwconv", "qkv_dwconv", depthwiseConvolution(3, 3 * c, useBias)),
    ...within("project_out", "project_out", convolution(1, c, c, useBias)),
  ];
}

/** A learnt factor for each channel: `name` itself. */
export function scaleParameters(name: string, c: number): Parameter[] {
  return [{ name, pytorchName: name, shape: [c], layout: "channelScale", initial: "zeros" }];
}
