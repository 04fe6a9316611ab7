import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readCheckpoint } from "../../../src/weights/pytorch/readCheckpoint.ts";
import type { ExpectedTensor } from "./manifest.ts";
import { fixture, fixturePath, manifest, sha256 } from "./manifest.ts";
import {
  call,
  dict,
  FOUR_FLOATS,
  finished,
  int,
  ints,
  legacyCheckpoint,
  pickle,
  storage,
  tensor,
  text,
  tuple,
  zip,
  zipCheckpoint,
} from "./pickleBuilder.ts";

function expectedTensors(name: string): readonly ExpectedTensor[] {
  const tensors = manifest.files[name]?.tensors ?? [];
  return typeof tensors === "string" ? expectedTensors(tensors) : tensors;
}

describe("checkpoints written by PyTorch are read bit for bit", () => {
  it.each(Object.entries(manifest.files))("%s", async (name, expected) => {
    const checkpoint = await readCheckpoint(fixturePath(name));
    expect(checkpoint.container).toBe(expected.container);
    expect(checkpoint.byteLength).toBe(expected.byteLength);
    expect(checkpoint.sha256).toBe(expected.sha256);
    expect(checkpoint.wrapper).toBe(expected.wrapper ?? undefined);
    expect(checkpoint.prefix).toBe(expected.prefix);
    expect(checkpoint.otherKeys).toEqual(expected.otherKeys);
    const actual = [...checkpoint.stateDict].map(([key, tensor]) => {
      const values = tensor.toFloat32();
      const base64 = Buffer.from(values.buffer, 0, values.byteLength).toString("base64");
      return [key, tensor.dtype, tensor.shape, base64];
    });
    expect(actual).toEqual(expectedTensors(name));
    expect(actual.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(manifest.refused))("%s is refused", async (name, { code, text: part }) => {
    const reading = readCheckpoint(fixturePath(name));
    await expect(reading).rejects.toMatchObject({ name: "NafnetError", code });
    await expect(reading).rejects.toThrow(part);
    await expect(reading).rejects.toThrow(fixturePath(name)); // the message names the file
  });
});

const shared = new URL("../../../../shared/", import.meta.url);
const sharedIsThere = existsSync(shared);
const reason = sharedIsThere ? "" : " (skipped: no folder ../shared beside the repository)";

describe.skipIf(!sharedIsThere)(`real checkpoints${reason}`, () => {
  it.each(Object.entries(manifest.shared))("%s", async (path, expected) => {
    const checkpoint = await readCheckpoint(fileURLToPath(new URL(path, shared)));
    const { stateDict } = checkpoint;
    expect(checkpoint.container).toBe(expected.container);
    expect(checkpoint.sha256).toBe(expected.sha256);
    expect(checkpoint.wrapper).toBe(expected.wrapper ?? undefined);
    expect(checkpoint.prefix).toBe(expected.prefix);
    expect(checkpoint.otherKeys).toEqual(expected.otherKeys);
    expect(stateDict.size).toBe(expected.tensorCount);
    for (const [name, shape] of Object.entries(expected.shapes)) {
      expect(stateDict.get(name)?.shape).toEqual(shape);
    }
    const hash = createHash("sha256");
    const dtypes: Record<string, number> = {};
    for (const tensor of stateDict.values()) {
      hash.update(tensor.toFloat32());
      dtypes[tensor.dtype] = (dtypes[tensor.dtype] ?? 0) + 1;
    }
    expect(dtypes).toEqual(expected.dtypes);
    expect(hash.digest("hex")).toBe(expected.float32Sha256);
  });
});

describe("what it accepts", () => {
  const one = finished(dict({ w: tensor() }));

  it("bytes at any alignment, as a view of a larger buffer", async () => {
    const file = zipCheckpoint(one);
    for (const shift of [0, 1, 2, 3]) {
      const larger = new Uint8Array(file.length + 8).fill(255);
      larger.set(file, shift);
      const view = larger.subarray(shift, shift + file.length);
      const { stateDict, sha256: hash } = await readCheckpoint(view);
      expect(stateDict.get("w")?.toFloat32()).toEqual(new Float32Array([1, 2, 3, 4]));
      expect(hash).toBe(sha256(file));
    }
  });

  it("toFloat32 gives a copy each time", async () => {
    const w = (await readCheckpoint(zipCheckpoint(one))).stateDict.get("w");
    w?.toFloat32().fill(9);
    expect(w?.toFloat32()).toEqual(new Float32Array([1, 2, 3, 4]));
  });

  it.each(["x/", "", "deep/er/", "ünï ☂/"])("the top folder %j", async (folder) => {
    const file = zip([
      { name: `${folder}data.pkl`, data: one },
      { name: `${folder}data/0`, data: FOUR_FLOATS },
      { name: "__MACOSX/other", data: Buffer.from("unused"), crc: 1, method: 8 },
    ]);
    expect((await readCheckpoint(file)).stateDict.size).toBe(1);
  });

  it("byteorder little, and no checksums", async () => {
    const file = zip([
      { name: "a/data.pkl", data: one, crc: 0 },
      { name: "a/byteorder", data: Buffer.from("little") },
      { name: "a/data/0", data: FOUR_FLOATS, crc: 0 },
    ]);
    expect((await readCheckpoint(file)).stateDict.size).toBe(1);
  });

  it("a legacy file", async () => {
    const { container, stateDict } = await readCheckpoint(legacyCheckpoint(one));
    expect(container).toBe("legacy");
    expect(stateDict.get("w")?.toFloat32()).toEqual(new Float32Array([1, 2, 3, 4]));
  });

  it("views of storages, as PyTorch 0.3 wrote them", async () => {
    const view = storage({ view: tuple(text("v"), int(1), int(2)) });
    const tensors = dict({ w: tensor({ storage: view, shape: ints(2) }) });
    const { stateDict } = await readCheckpoint(legacyCheckpoint(finished(tensors)));
    expect(stateDict.get("w")?.toFloat32()).toEqual(new Float32Array([2, 3]));
  });

  it("OrderedDict made of a list of pairs, as Python 2 wrote it", async () => {
    const pairs = pickle("(](", pickle("](U\x01w", tensor(), "e"), "et");
    const root = finished(call("collections", "OrderedDict", pairs));
    expect((await readCheckpoint(zipCheckpoint(root))).stateDict.get("w")?.shape).toEqual([4]);
  });

  it("attributes of an OrderedDict, which are left aside", async () => {
    const root = pickle(dict({ w: tensor() }), dict({ _metadata: dict({}) }), "b");
    expect((await readCheckpoint(zipCheckpoint(finished(root)))).otherKeys).toEqual([]);
  });

  it("every kind of value beside the weights", async () => {
    const other = pickle(
      "](N\x88\x89G\x40\x09\x21\xfb\x54\x44\x2d\x18I01\nI-12\nL99999999999999999999L\n", // floats, ints
      "\x8b\x03\0\0\0\xff\xff\xff\x8a\0", // LONG4, an empty LONG1
      "C\x02\xff\xfeB\x01\0\0\0a\x8e\x01\0\0\0\0\0\0\0b\x96\x01\0\0\0\0\0\0\0c", // bytes
      "\x8c\x01x\x8d\x01\0\0\0\0\0\0\0yT\x01\0\0\0z", // texts
      "\x8f(K\x01\x90(K\x02\x91)K\x01\x85\x940K\x05K\x06\x860(1\x94h\x01h\x00r\xff\xff\xff\xffj\xff\xff\xff\xff", // sets, tuples, memo
      "e",
    );
    const root = dict({ state_dict: dict({ w: tensor() }), other });
    expect((await readCheckpoint(zipCheckpoint(finished(root)))).otherKeys).toEqual(["other"]);
  });

  it("what is not read, as long as it is beside the weights", async () => {
    const other = tensor({ storage: storage({ type: "ComplexFloatStorage", key: "missing" }) });
    const root = dict({ params: dict({ w: tensor() }), other, more: dict({ x: other }) });
    const { otherKeys } = await readCheckpoint(zipCheckpoint(finished(root)));
    expect(otherKeys).toEqual(["other", "more"]);
  });

  it("names that mean something to JavaScript", async () => {
    const names = { ["__proto__"]: tensor(), constructor: tensor(), "": tensor() };
    const { stateDict } = await readCheckpoint(zipCheckpoint(finished(dict(names))));
    expect([...stateDict.keys()]).toEqual(["__proto__", "constructor", ""]);
  });

  it("sizes and strides that do not matter", async () => {
    const root = dict({
      one: tensor({ shape: ints(1, 1), strides: ints(2 ** 40, 7), offset: int(3) }),
      none: tensor({ shape: ints(2, 0, 3), strides: ints(99, 99, 99), offset: int(99) }),
    });
    const { stateDict } = await readCheckpoint(zipCheckpoint(finished(root)));
    expect(stateDict.get("one")?.toFloat32()).toEqual(new Float32Array([4]));
    expect(stateDict.get("none")?.toFloat32()).toEqual(new Float32Array(0));
  });
});

describe("what is no checkpoint", () => {
  const folder = mkdtempSync(join(tmpdir(), "nafnet-"));

  it("a path that does not exist, and a folder", async () => {
    const missing = readCheckpoint(join(folder, "missing.pth"));
    await expect(missing).rejects.toMatchObject({ code: "INPUT_NOT_FOUND" });
    await expect(missing).rejects.toThrow("missing.pth");
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ code: "INPUT_NOT_FOUND" });
  });

  it.each([null, undefined, 7, [1, 2]])("the argument %j", async (value) => {
    // A caller in JavaScript has no types.
    const reading = readCheckpoint(value as unknown as string);
    await expect(reading).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  const tar = Buffer.alloc(1024);
  tar.write("sys_info", 0);
  tar.write("ustar", 257);

  it.each<[string, Buffer | string, string, string]>([
    ["an empty file", "", "CHECKPOINT_CORRUPT", "empty"],
    ["git-lfs", "version https://git-lfs.github.com/spec/v1\noid", "CHECKPOINT_UNSUPPORTED", "lfs"],
    ["HTML", "\n<!DOCTYPE HTML><html>", "CHECKPOINT_UNSUPPORTED", "web page"],
    ["the tar format of old PyTorch", tar, "CHECKPOINT_UNSUPPORTED", "before 0.1.10"],
    ["ONNX", "\x08\x07\x12\x07pytorch\x1a\x051.13", "CHECKPOINT_UNSUPPORTED", "ONNX"],
    ["HDF5", "\x89HDF\r\n\x1a\n", "CHECKPOINT_UNSUPPORTED", "HDF5"],
    ["PNG", "\x89PNG\r\n\x1a\n", "CHECKPOINT_UNSUPPORTED", "PNG"],
    ["JPEG", "\xff\xd8\xff\xe0", "CHECKPOINT_UNSUPPORTED", "JPEG"],
    ["gzip", "\x1f\x8b\x08", "CHECKPOINT_UNSUPPORTED", "gzip"],
    ["JSON", '{"format": "layers-model"}', "CHECKPOINT_UNSUPPORTED", "JSON"],
    ["a plain pickle", finished("}"), "CHECKPOINT_UNSUPPORTED", "pickle that torch.save did not"],
    ["noise", "\x01\x02\x03", "CHECKPOINT_UNSUPPORTED", "first bytes are 01 02 03"],
    ["a zip", zip([{ name: "x.txt", data: Buffer.alloc(3) }]), "CHECKPOINT_UNSUPPORTED", "x.txt"],
    ["an empty zip", zip([]), "CHECKPOINT_UNSUPPORTED", "without data.pkl"],
    [
      "TorchScript",
      zipCheckpoint(finished("}"), [{ name: "a/constants.pkl", data: Buffer.from("x") }]),
      "CHECKPOINT_UNSUPPORTED",
      "TorchScript",
    ],
    [
      "big-endian",
      zipCheckpoint(finished("}"), [{ name: "a/byteorder", data: Buffer.from("big") }]),
      "CHECKPOINT_UNSUPPORTED",
      "byteorder",
    ],
  ])("%s", async (_, content, code, part) => {
    const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
    const path = join(folder, "some.pth");
    writeFileSync(path, bytes);
    expect(readFileSync(path)).toEqual(bytes);
    for (const source of [bytes, path]) {
      await expect(readCheckpoint(source)).rejects.toMatchObject({ name: "NafnetError", code });
      await expect(readCheckpoint(source)).rejects.toThrow(part);
    }
  });

  it("every fixture cut short is refused", async () => {
    for (const name of ["params-zip.pth", "training-legacy.pth", "protocol4-legacy.pth"]) {
      const file = fixture(name);
      for (let length = 0; length < file.length; length += 7) {
        const reading = readCheckpoint(file.subarray(0, length));
        await expect(reading).rejects.toMatchObject({ name: "NafnetError" });
      }
    }
  });
});
