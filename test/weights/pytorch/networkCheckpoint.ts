/** Checkpoints of a tiny NAFNet, put together as training programs do. */

import type { NAFNetConfig } from "../../../src/models/nafnet/NAFNet.ts";
import { stateDictShapes, TINY_SCA } from "../../support/networks.ts";
import { dict, finished, int, ints, pickle, storage, tensor, text, zip } from "./pickleBuilder.ts";

/** Elements of a storage that every tensor of a network is a part of. */
const ELEMENTS = 4608;

/** Names and pickled values of a dict. */
export type Entries = Readonly<Record<string, Buffer>>;

/** A network's state_dict, each tensor filled with `value`, a whole number; keys behind `prefix`. */
export function network(value: number, prefix = "", config: NAFNetConfig = TINY_SCA): Entries {
  const tensors = [...stateDictShapes(config)].map(([name, { shape }]) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    const fields = { shape: ints(...shape), strides: ints(...strides) };
    return [`${prefix}${name}`, tensor({ storage: filled(value), ...fields })] as const;
  });
  return Object.fromEntries(tensors);
}

/** A tensor of one number. */
export function scalar(value: number): Buffer {
  return tensor({ storage: filled(value), shape: pickle(")"), strides: pickle(")") });
}

function filled(value: number): Buffer {
  return storage({ key: String(value), numel: ELEMENTS });
}

/** A checkpoint with that dict; storages 0 to 9 hold their number over and over. */
export function checkpoint(root: Entries): Buffer {
  const storages = Array.from({ length: 10 }, (_, value) => ({
    name: `a/data/${value}`,
    data: Buffer.from(new Float32Array(ELEMENTS).fill(value).buffer),
  }));
  return zip([{ name: "a/data.pkl", data: finished(dict(root)) }, ...storages]);
}

export { dict, int, text };
