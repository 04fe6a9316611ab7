import { readFileSync } from "node:fs";

/** An array that numpy wrote. */
export interface NpyArray {
  readonly shape: number[];
  readonly data: Uint8Array | Uint16Array | Float32Array;
}

/**
 * Reads an array of 8- or 16-bit unsigned integers or float32 from numpy's file format, versions 1 and 2:
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpy(path: string): NpyArray {
  const file = readFileSync(path);
  const isShort = file[6] === 1; // the version says how long the header's length is
  const start = isShort ? 10 : 12;
  const end = start + (isShort ? file.readUInt16LE(8) : file.readUInt32LE(8));
  const header = file.toString("latin1", start, end);
  const [, dtype] = /'descr': '([^']+)'/.exec(header) ?? [];
  const [, sides] = /'shape': \(([^)]*)\)/.exec(header) ?? [];
  if (!header.includes("'fortran_order': False") || sides === undefined) {
    throw new Error(`Expected an array in C order in ${path} but its header is ${header}.`);
  }
  const shape = sides.split(",").filter(Boolean).map(Number);
  const bytes = new Uint8Array(file.subarray(end)).buffer; // a copy, so that it is aligned
  switch (dtype) {
    case "|u1":
      return { shape, data: new Uint8Array(bytes) };
    case "<u2":
      return { shape, data: new Uint16Array(bytes) };
    case "<f4":
      return { shape, data: new Float32Array(bytes) };
    default:
      throw new Error(`Expected |u1, <u2 or <f4 in ${path} but it has ${dtype}.`);
  }
}
