/** Base of the layers with weights, which are built from the table of parameters and read by name. */

import type * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayerVariable, layers } from "@tensorflow/tfjs-layers";
import { invalidArgument } from "../base/errors.ts";
import type { Parameter } from "../graph/parameters.ts";
import { imageInput } from "./shapes.ts";

/** Weights of a layer by name, as the layer's function reads them. They stay the layer's. */
export class Parameters {
  private readonly variables: ReadonlyMap<string, LayerVariable>;
  private readonly scope: string;

  constructor(variables: ReadonlyMap<string, LayerVariable>, scope = "") {
    this.variables = variables;
    this.scope = scope;
  }

  /** The parameters of a part: `at("conv1").kernel()` is `conv1/kernel`. */
  at(part: string): Parameters {
    return new Parameters(this.variables, `${this.scope}${part}/`);
  }

  /** A convolution's kernel, [kh, kw, c, d]. */
  kernel(): tf.Tensor4D {
    return this.read("kernel") as tf.Tensor4D; // kernels have four dimensions in the table
  }

  /** A convolution's bias, [d], or undefined where it has none. */
  bias(): tf.Tensor1D | undefined {
    return this.variables.has(`${this.scope}bias`) ? this.vector("bias") : undefined;
  }

  /** A parameter of one dimension. */
  vector(name: string): tf.Tensor1D {
    return this.read(name) as tf.Tensor1D; // what is no kernel has one dimension in the table
  }

  private read(name: string): tf.Tensor {
    const variable = this.variables.get(this.scope + name);
    if (variable === undefined) {
      throw new Error(
        `No parameter ${this.scope}${name}; there are ${[...this.variables.keys()]}.`,
      );
    }
    return variable.read();
  }
}

/** A tfjs layer whose weights come from a list of {@link Parameter}. */
export abstract class ParametricLayer extends layers.Layer {
  private readonly variables: Map<string, LayerVariable> = new Map();
  private channels = 0;

  /** @param channels of the input, which every later input must have */
  protected addParameters(channels: number, list: readonly Parameter[]): void {
    this.channels = channels;
    for (const { name, shape, initial } of list) {
      const variable = this.addWeight(name, [...shape], "float32", initializerFor(initial));
      this.variables.set(name, variable);
    }
  }

  protected get parameters(): Parameters {
    return new Parameters(this.variables);
  }

  /** The one [n, h, w, c] input; one channel would be broadcast to all in a normalisation. */
  protected inputOf(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor4D {
    const x = imageInput(this.name, inputs);
    if (x.shape[3] !== this.channels) {
      throw invalidArgument(
        `${this.name}, which was built with them,`,
        `${this.channels} channels`,
        x.shape[3],
      );
    }
    return x;
  }
}

function initializerFor(initial: Parameter["initial"]): ReturnType<typeof initializers.zeros> {
  if (initial === "zeros") return initializers.zeros();
  if (initial === "ones") return initializers.ones();
  const limit = 1 / Math.sqrt(initial.fanIn); // PyTorch's default: kaiming_uniform_(a=√5)
  return initializers.randomUniform({ minval: -limit, maxval: limit });
}
