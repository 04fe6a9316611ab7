import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { encodePng } from "../../src/io/png/encodePng.ts";
import { type ImageSource, readImage } from "../../src/io/readImage.ts";
import { fixtureUrl, readFixture } from "./fixtures.ts";

const file = fileURLToPath(fixtureUrl("rgb8.png"));
const bytes = readFixture("rgb8.png");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nafnet-read-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("readImage reads", () => {
  it("paths, URLs and bytes alike", async () => {
    const sources: ImageSource[] = [
      file,
      pathToFileURL(file),
      pathToFileURL(file).href,
      bytes,
      new Uint8Array(bytes),
      Uint8Array.from(bytes).buffer,
    ];
    const [first, ...others] = await Promise.all(sources.map((source) => readImage(source)));
    expect(first).toMatchObject({ format: "png", name: file, raster: { width: 23, height: 17 } });
    for (const other of others) expect(other.raster).toEqual(first?.raster);
  });

  it("what the bytes are, whatever the name says", async () => {
    const path = join(folder, "really a PNG.jpg");
    await writeFile(path, bytes);
    const { format, raster } = await readImage(path);
    expect([format, raster.width]).toEqual(["png", 23]);
  });

  it("a path with spaces, percent signs and other letters", async () => {
    const path = join(folder, "ä b%20c#?.png");
    await writeFile(path, bytes);
    expect((await readImage(path)).name).toBe(path);
    expect((await readImage(pathToFileURL(path))).name).toBe(path);
  });

  it("bytes of another realm, as test runners and vm contexts make them", async () => {
    const foreign: Uint8Array = runInNewContext("Uint8Array.from(values)", { values: [...bytes] });
    expect(foreign).not.toBeInstanceOf(Uint8Array);
    expect((await readImage(foreign)).raster.width).toBe(23);
    const data: Float32Array = runInNewContext("Float32Array.of(0, 0.5, 1)");
    const { raster } = await readImage({ width: 1, height: 1, data });
    const written = await decodeImage(encodePng(raster));
    expect(written.raster.data).toEqual(Uint16Array.of(0, 32768, 65535));
  });

  it("pixels, with the channels told from the length", async () => {
    for (const channels of [1, 2, 3, 4]) {
      const data = new Uint8ClampedArray(6 * channels).fill(9);
      const { raster, format, name } = await readImage({ width: 2, height: 3, data });
      expect(raster).toEqual({ width: 2, height: 3, channels, bitDepth: 8, data });
      expect([format, name]).toEqual([undefined, "image data"]);
    }
    const sixteen = await readImage({ width: 1, height: 1, data: new Uint16Array(3) });
    expect(sixteen.raster).toMatchObject({ bitDepth: 16, channels: 3 });
    const float = await readImage({ width: 1, height: 1, data: new Float32Array(4), channels: 4 });
    expect(float.raster).toMatchObject({ bitDepth: 32, channels: 4 });
  });

  it("tensors, which stay alive", async () => {
    await tf.setBackend("cpu");
    const before = tf.memory().numTensors;
    const float = tf.tensor3d([[[0, 0.5, 1]]]);
    const { raster } = await readImage(float);
    expect(raster).toEqual({
      width: 1,
      height: 1,
      channels: 3,
      bitDepth: 32,
      data: Float32Array.of(0, 0.5, 1),
    });
    expect(float.isDisposed).toBe(false);
    const int = tf.tensor3d([[[0], [255]]], undefined, "int32");
    expect((await readImage(int)).raster).toEqual({
      width: 2,
      height: 1,
      channels: 1,
      bitDepth: 8,
      data: Uint8Array.of(0, 255),
    });
    float.dispose();
    int.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await expect(readImage(float)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("under the name it is given", async () => {
    expect((await readImage(bytes, { name: "upload" })).name).toBe("upload");
    await expect(readImage(new Uint8Array(), { name: "upload" })).rejects.toThrow(/^upload: empty/);
  });
});

describe("readImage refuses", () => {
  const refuses = (source: unknown, code: string, message: RegExp) =>
    // Callers without types pass anything.
    expect(readImage(source as ImageSource)).rejects.toMatchObject({
      name: "NafnetError",
      code,
      message: expect.stringMatching(message),
    });

  it("files that are not there, folders and special files", async () => {
    await refuses(join(folder, "none.png"), "INPUT_NOT_FOUND", /none\.png: no such file/);
    await refuses(join(file, "below.png"), "INPUT_NOT_FOUND", /below\.png: cannot be read/);
    await refuses(folder, "INVALID_ARGUMENT", /expected a file but it is a folder/);
    if (process.platform !== "win32") {
      await refuses("/dev/null", "INVALID_ARGUMENT", /special file/);
    }
  });

  it("what cannot be a path", async () => {
    await refuses("", "INVALID_ARGUMENT", /^Expected a path/);
    await refuses("a\0b.png", "INPUT_NOT_FOUND", /cannot be read/);
  });

  it("other URLs", async () => {
    const only = /only file: URLs are read; fetch it and pass the bytes/;
    await refuses("https://example.com/a.png", "INVALID_ARGUMENT", only);
    await refuses(new URL("http://example.com/a.png"), "INVALID_ARGUMENT", only);
    await refuses(`data:image/png;base64,${bytes.toString("base64")}`, "INVALID_ARGUMENT", only);
    await refuses("file://elsewhere/a.png", "INVALID_ARGUMENT", /elsewhere/);
  });

  it("empty bytes", async () => {
    await refuses(new Uint8Array(), "INPUT_CORRUPT", /^buffer: empty/);
    await refuses(new ArrayBuffer(0), "INPUT_CORRUPT", /^buffer: empty/);
  });

  it.each([[undefined], [null], [7], [true], [{}], [[1, 2]], [() => 1], [new Float32Array(3)]])(
    "%o, with a list of what is accepted",
    async (source) => {
      await refuses(
        source,
        "INVALID_ARGUMENT",
        /^Expected a path, .*tf\.Tensor3D for the picture but received \w/,
      );
    },
  );

  it("pixels that do not fit", async () => {
    const data = new Uint8Array(7);
    await refuses({ width: 2, height: 1, data }, "INVALID_ARGUMENT", /7 values at 2x1 make 3\.5/);
    await refuses({ width: 0, height: 0, data }, "INVALID_ARGUMENT", /make Infinity/);
    await refuses({ width: -7, height: -1, data }, "INVALID_ARGUMENT", /width but received -7/);
    await refuses({ width: 1, height: 1, data: [1] }, "INVALID_ARGUMENT", /received Array/);
    await refuses({ width: 7, height: 1, data, channels: 3 }, "INVALID_ARGUMENT", /21 values/);
    const small = readImage({ width: 7, height: 1, data }, { maxPixels: 6 });
    await expect(small).rejects.toMatchObject({ code: "INPUT_TOO_LARGE" });
  });

  it("float values that are none or 0-255", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 255]) {
      const data = Float32Array.of(0.5, value, 0);
      await refuses({ width: 1, height: 1, data }, "INVALID_ARGUMENT", /0-1 but value 1 is/);
    }
  });

  it("tensors of other shapes, types and values", async () => {
    const tensors = [
      [
        tf.zeros([4, 4]),
        /\[height, width, 1 \| 3 \| 4\] for the shape of \w+ but received \[4, 4\]/,
      ],
      [tf.zeros([1, 4, 4, 3]), /received \[1, 4, 4, 3\]/],
      [tf.zeros([4, 4, 2]), /received \[4, 4, 2\]/],
      [tf.zeros([0, 4, 3]), /received \[0, 4, 3\]/],
      [
        tf.zeros([1, 1, 3], "bool"),
        /float32 \(0-1\) or int32 \(0-255\) for the dtype of \w+ but received bool/,
      ],
      [tf.tensor3d([[[256]]], undefined, "int32"), /value 0 is 256/],
      [tf.tensor3d([[[Number.NaN]]]), /value 0 is NaN/],
    ] as const;
    for (const [tensor, message] of tensors) {
      await refuses(tensor, "INVALID_ARGUMENT", message);
      tensor.dispose();
    }
  });
});
