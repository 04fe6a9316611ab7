/** From loading to disposing on each engine: signals at any moment, progress, and the end of a restorer. */

import { getEventListeners } from "node:events";
import { readdir } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  createRestorer,
  ENGINE_NAMES,
  type Progress,
  type RestoredImage,
  type Restorer,
  restore,
} from "../../src/index.ts";
import { useBackend } from "../parity/backends.ts";
import { rejectionOf } from "../support/errors.ts";
import { noisyPng } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { writeTinyWeights } from "../support/tinyWeights.ts";

const at = temporaryFolder();
const picture = noisyPng(96, 80);
const aborted = { name: "AbortError", code: "ABORTED", cause: "enough" };

beforeAll(async () => {
  await useBackend("wasm");
  await writeTinyWeights(at("weights"));
});

describe.each(ENGINE_NAMES)("on %s", (engine) => {
  const create = (signal?: AbortSignal): Promise<Restorer> =>
    createRestorer("denoise", { engine, weights: at("weights"), signal });

  it("a disposed restorer ends what is being restored, takes no more, and frees its tensors", async () => {
    const tensors = tf.memory().numTensors;
    const restorer = await create();
    const expected = (await restorer.restore(picture)).data;
    let disposed = false;
    const running = restorer.restore(picture, {
      onProgress({ phase }) {
        if (phase !== "restore" || disposed) return;
        restorer.dispose(); // in the middle of the network
        disposed = true;
      },
    });
    const waiting = restorer.restore(picture);
    expect((await running).data).toStrictEqual(expected);
    expect(disposed).toBe(true);
    expect((await waiting).data).toStrictEqual(expected);
    const refused = { code: "INVALID_ARGUMENT", message: expect.stringContaining("disposed") };
    expect(await rejectionOf(restorer.restore(picture))).toMatchObject(refused);
    expect(await rejectionOf(restorer.estimate(9, 9))).toMatchObject(refused);
    restorer.dispose(); // once more
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("one disposed while pictures are read ends them, too, and is freed when the last one is aborted", async () => {
    const tensors = tf.memory().numTensors;
    const restorer = await create();
    const controller = new AbortController();
    const reading = restorer.restore(picture);
    const given = rejectionOf(restorer.restore(picture, controller));
    restorer.dispose();
    controller.abort("enough");
    expect(await given).toMatchObject(aborted);
    expect(await reading).toMatchObject({ width: 96, height: 80 });
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("`using` disposes it at the end of the block", async () => {
    const tensors = tf.memory().numTensors;
    let outside: Restorer;
    {
      using restorer = await create();
      outside = restorer;
      await restorer.restore(picture);
    }
    expect((await rejectionOf(outside.restore(picture))).message).toContain("disposed");
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("loading is aborted, and leaves no tensors", async () => {
    const tensors = tf.memory().numTensors;
    expect(await rejectionOf(create(AbortSignal.abort("enough")))).toMatchObject(aborted);
    for (const delayMs of [0, 1, 3]) {
      const controller = new AbortController();
      const loading = create(controller.signal).then(
        (restorer) => restorer.dispose(), // it was faster
        (error: unknown) => expect(error).toMatchObject(aborted),
      );
      setTimeout(() => controller.abort("enough"), delayMs);
      await loading;
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("progress goes through its phases and never back", async () => {
    using restorer = await create();
    const events: Progress[] = [];
    await restorer.restore(picture, { onProgress: (event) => events.push(event) });
    const order = events.map(({ phase, fraction }) => (phase === "load" ? 0 : 1) + fraction);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(events[0]).toEqual({ phase: "load", fraction: 0 });
    expect(events).toContainEqual({ phase: "load", fraction: 1 });
    expect(events.at(-1)).toEqual({ phase: "restore", fraction: 1 });
  });

  it("a picture that waits for another leaves at once", async () => {
    using restorer = await create();
    const controller = new AbortController();
    let isDone = false;
    const first = restorer.restore(picture).then((restored) => {
      isDone = true;
      return restored;
    });
    const second = rejectionOf(
      restorer.restore(picture, {
        signal: controller.signal,
        onProgress({ phase, fraction }) {
          // Next, it asks for its turn; the first cannot be done before the event loop goes on.
          if (phase === "load" && fraction === 1) queueMicrotask(() => controller.abort("enough"));
        },
      }),
    );
    expect(await second).toMatchObject(aborted);
    expect(isDone).toBe(false);
    await first;
  });
});

describe("restore()", () => {
  const options = () => ({ weights: at("weights") });

  it("leaves shared loading at once, which goes on for the others", async () => {
    await writeTinyWeights(at("shared"), { seed: "shared" });
    const controller = new AbortController();
    const shared = { weights: at("shared") };
    const mine = rejectionOf(restore(picture, "denoise", { ...shared, signal: controller.signal }));
    const others = restore(picture, "denoise", shared);
    setImmediate(() => controller.abort("enough"));
    expect(await mine).toMatchObject(aborted);
    expect(await others).toMatchObject({ width: 96 });
  });

  it("reads no weights for a signal that has fired", async () => {
    const signal = AbortSignal.abort("enough");
    const error = await rejectionOf(
      restore(picture, "denoise", { weights: at("none"), signal }), // INPUT_NOT_FOUND otherwise
    );
    expect(error).toMatchObject(aborted);
  });

  it("takes one signal for many pictures, and leaves no listener on it", async () => {
    const { signal } = new AbortController();
    await Promise.all(
      Array.from({ length: 5 }, () => restore(picture, "denoise", { ...options(), signal })),
    );
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("fails for everybody who waits for weights that do not load, and nobody else", async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const calls = ["INPUT_NOT_FOUND", "INPUT_NOT_FOUND", "ABORTED"].map(async (code) => {
      const signal = code === "ABORTED" ? controller.signal : undefined;
      const call = restore(picture, "denoise", { weights: at("missing"), signal });
      expect(await rejectionOf(call)).toMatchObject({ code });
    });
    await Promise.all(calls);
    expect(await restore(picture, "denoise", options())).toMatchObject({ width: 96 });
  });
});

describe("save()", () => {
  let restored: RestoredImage;
  beforeAll(async () => {
    restored = await restore(picture, "denoise", { weights: at("weights") });
  });

  it.each(["png", "jpg"])(
    "to .%s is aborted before and meanwhile, and writes nothing",
    async (extension) => {
      const path = at("saved", `a.${extension}`);
      const signal = AbortSignal.abort("enough");
      expect(await rejectionOf(restored.save(path, { signal }))).toMatchObject(aborted);
      const controller = new AbortController();
      const saving = rejectionOf(restored.save(path, { signal: controller.signal }));
      controller.abort("enough"); // before the pixels are rounded
      expect(await saving).toMatchObject(aborted);
      await expect(readdir(at("saved"))).rejects.toMatchObject({ code: "ENOENT" });
    },
  );
});
