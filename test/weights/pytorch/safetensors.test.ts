/** safetensors: read as PyTorch's formats are, and held to its own description. */

import { describe, expect, it } from "vitest";
import { convertCheckpoint } from "../../../src/weights/convertCheckpoint.ts";
import { readCheckpoint } from "../../../src/weights/pytorch/readCheckpoint.ts";
import { randomValues } from "../../parity/random.ts";
import { rejectionOf } from "../../support/errors.ts";
import { stateDictShapes, TINY_SCA } from "../../support/networks.ts";
import { file, type Spec, safetensors } from "./safetensorsBuilder.ts";

const bytes = (array: ArrayBufferView): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const floats = (...values: number[]): Buffer => bytes(new Float32Array(values));

describe("reads", () => {
  it.each<[string, string, Buffer, number[]]>([
    ["F64", "float64", bytes(new Float64Array([1.5, -2])), [1.5, -2]],
    ["F32", "float32", floats(0.1, -2), [Math.fround(0.1), -2]],
    ["F16", "float16", bytes(new Uint16Array([0x3c00, 0xc000])), [1, -2]],
    ["BF16", "bfloat16", bytes(new Uint16Array([0x3f80, 0xc000])), [1, -2]],
    ["I64", "int64", bytes(new BigInt64Array([7n, -8n])), [7, -8]],
    ["I32", "int32", bytes(new Int32Array([7, -8])), [7, -8]],
    ["I16", "int16", bytes(new Int16Array([7, -8])), [7, -8]],
    ["I8", "int8", bytes(new Int8Array([7, -8])), [7, -8]],
    ["U8", "uint8", bytes(new Uint8Array([7, 255])), [7, 255]],
    ["BOOL", "bool", bytes(new Uint8Array([1, 0])), [1, 0]],
  ])("%s", async (dtype, name, data, values) => {
    // An odd number of bytes before it: numbers need not be aligned.
    const before = { dtype: "U8", shape: [1], data: Buffer.from([9]) };
    const tensors = { before, w: { dtype, shape: [2, 1], data } };
    const read = await readCheckpoint(safetensors(tensors, { format: "pt" }));
    expect(read).toMatchObject({ container: "safetensors", wrapper: undefined, otherKeys: [] });
    const w = read.stateDict.get("w");
    expect(w).toMatchObject({ dtype: name, shape: [2, 1] });
    expect(w?.toFloat32()).toEqual(new Float32Array(values));
  });

  it("tensors without elements and of no dimensions, and any order of the header", async () => {
    const header = {
      late: { dtype: "F32", shape: [], data_offsets: [8, 12] },
      none: { dtype: "F32", shape: [0, 3], data_offsets: [8, 8] },
      early: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
      none2: { dtype: "F32", shape: [0], data_offsets: [0, 0] },
    };
    const { stateDict } = await readCheckpoint(file(JSON.stringify(header), floats(1, 2, 3)));
    const values = [...stateDict.values()].map((tensor) => [...tensor.toFloat32()]);
    expect(values).toEqual([[3], [], [1, 2], []]);
  });

  it("types that are not read, beside a network, and the network behind a prefix", async () => {
    const network = [...stateDictShapes(TINY_SCA)].map(([name, { shape }]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [
        `net_g.${name}`,
        { dtype: "F32", shape, data: bytes(randomValues(name, count, -1, 1)) },
      ];
    });
    const other = { dtype: "F8_E4M3", shape: [3], data: Buffer.alloc(3) };
    const tensors: Record<string, Spec> = { "net_d.w": other, ...Object.fromEntries(network) };
    const { weights, warnings } = convertCheckpoint(
      await readCheckpoint(safetensors(tensors)),
      "tiny.safetensors",
    );
    expect(weights.network.config).toEqual(TINY_SCA);
    expect(warnings).toEqual(["Left out a tensor that the network does not use: net_d.w."]);
    const bias = weights.tensors.get("intro/bias")?.data;
    expect(bias).toEqual(randomValues("intro.bias", 8, -1, 1));
  });
});

describe("refuses", () => {
  const CORRUPT = "CHECKPOINT_CORRUPT";
  const UNSUPPORTED = "CHECKPOINT_UNSUPPORTED";
  const one = (fields: object): string =>
    JSON.stringify({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...fields } });
  const two = (a: number[], b: number[]): string =>
    JSON.stringify({
      a: { dtype: "F32", shape: [(a[1]! - a[0]!) / 4], data_offsets: a }, // pairs of offsets
      b: { dtype: "F32", shape: [(b[1]! - b[0]!) / 4], data_offsets: b },
    });
  const data = floats(1, 2);
  const good = one({});

  it.each<[string, Buffer, string, string]>([
    ["a header past the file", file(good, data, 1000n), CORRUPT, "truncated"],
    ["a header of 2^40", file(good, data, 2n ** 40n), UNSUPPORTED, "4194304"],
    ["a header cut in the middle", file(good, data, 20n), CORRUPT, "JSON"],
    ["a header that is not UTF-8", file(Buffer.from('{"\xff":1}', "latin1")), CORRUPT, "UTF-8"],
    ["a list in place of fields", file('{"w":[]}'), CORRUPT, "object"],
    ["a number in place of fields", file('{"w":1}'), CORRUPT, "object"],
    ["null in place of fields", file('{"w":null}'), CORRUPT, "object"],
    ["a key twice", file(`{"w":1,"w":2}`), CORRUPT, "twice"],
    ["a key twice, escaped", file(`{"w":1,"\\u0077" : 2}`), CORRUPT, "twice"],
    [
      "a field twice",
      file(good.replace('{"dtype', '{"dtype":"F16","dtype'), data),
      CORRUPT,
      "twice",
    ],
    ["metadata of numbers", file('{"__metadata__":{"a":1}}'), CORRUPT, "texts"],
    ["an unknown dtype", file(one({ dtype: "F4" }), data), UNSUPPORTED, '"F4"'],
    ["no dtype", file(one({ dtype: undefined }), data), UNSUPPORTED, "dtype"],
    ["a dtype of an object's own", file(one({ dtype: "constructor" }), data), UNSUPPORTED, "dtype"],
    ["no shape", file(one({ shape: undefined }), data), CORRUPT, "shape"],
    ["a negative shape", file(one({ shape: [-2, -1] }), data), CORRUPT, "shape"],
    ["a shape of halves", file(one({ shape: [0.5, 4] }), data), CORRUPT, "shape"],
    ["a shape of 2^60", file(one({ shape: [2 ** 30, 2 ** 30] }), data), CORRUPT, "data_offsets"],
    ["a shape too large", file(one({ shape: [3] }), data), CORRUPT, "12 bytes"],
    ["17 dimensions", file(one({ shape: Array(17).fill(1) }), data), UNSUPPORTED, "16"],
    ["offsets that go back", file(one({ data_offsets: [8, 0] }), data), CORRUPT, "data_offsets"],
    ["three offsets", file(one({ data_offsets: [0, 8, 8] }), data), CORRUPT, "data_offsets"],
    ["one offset", file(one({ data_offsets: [0] }), data), CORRUPT, "data_offsets"],
    ["offsets as text", file(one({ data_offsets: "08" }), data), CORRUPT, "data_offsets"],
    ["offsets past the file", file(good, floats(1)), CORRUPT, "truncated"],
    ["bytes behind the last tensor", file(good, floats(1, 2, 3)), CORRUPT, "damaged"],
    ["a hole", file(two([0, 4], [8, 12]), floats(1, 2, 3)), CORRUPT, "one behind another"],
    [
      "a hole at the start",
      file(one({ data_offsets: [4, 12] }), floats(1, 2, 3)),
      CORRUPT,
      "begins",
    ],
    ["overlapping tensors", file(two([0, 8], [4, 12]), floats(1, 2, 3)), CORRUPT, "one behind"],
    ["the same bytes twice", file(two([0, 8], [0, 8]), data), CORRUPT, "one behind another"],
    ["lists in lists", file(`{"w":${"[".repeat(1e6)}`), CORRUPT, "levels"],
    ["objects in objects", file(`{"w":{"a":{"b":{}}}}`), CORRUPT, "levels"],
    ["nothing", file("{}"), UNSUPPORTED, "an empty dict"],
    ["a type that is not read", file(one({ dtype: "U32" }), data), UNSUPPORTED, "torch.uint32"],
  ])("%s", async (_, content, code, part) => {
    const error = await rejectionOf(readCheckpoint(content));
    expect(error.code).toBe(code);
    expect(error.message).toContain(part);
    expect(error.message.length).toBeLessThan(1000);
  });

  it("a header of 4 MiB of anything, in little time and memory", async () => {
    const before = process.memoryUsage().rss;
    for (const filling of ['"":[],', '"', "[],", "\\", " ", '{"":0},', "{},"]) {
      const content = file(`{"w":[${filling.repeat(2 ** 22 / filling.length - 8)}`);
      const start = performance.now();
      const error = await rejectionOf(readCheckpoint(content));
      expect(error.code).toBe(CORRUPT);
      expect(performance.now() - start).toBeLessThan(2000);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(600e6);
  });

  it("30,000 tensors", async () => {
    const none = { dtype: "F32", shape: [0], data_offsets: [0, 0] };
    const names = Array.from({ length: 30_000 }, (_, i) => [`w${i}`, none]);
    const error = await rejectionOf(
      readCheckpoint(file(JSON.stringify(Object.fromEntries(names)))),
    );
    expect(error.code).toBe(UNSUPPORTED);
    expect(error.message).toContain("25000 tensors");
  });

  it("every file cut short", async () => {
    const whole = safetensors({ w: { dtype: "F32", shape: [2], data } });
    for (let length = 0; length < whole.length; length += 1) {
      const error = await rejectionOf(readCheckpoint(whole.subarray(0, length)));
      expect(error.code).toMatch(/^CHECKPOINT_/);
    }
  });
});
