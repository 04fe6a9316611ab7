import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/engine/Engine.ts";
import type { FloatImage } from "../../src/image/FloatImage.ts";
import { createRestorer } from "../../src/restoration/createRestorer.ts";
import { mirrorTiny } from "../../src/restoration/mirrorTiny.ts";
import { scene, withNoise } from "../support/pictures.ts";

/** A plan that returns what it is given, and keeps it. */
function identity(): { plan: Plan; seen: FloatImage[] } {
  const seen: FloatImage[] = [];
  const report = {
    elapsedMs: 1,
    peakMemoryBytes: 100,
    scratchBytes: 0,
    strips: 1,
    nonFinite: false,
  };
  const plan: Plan = {
    ...{
      engine: "identity",
      isa: null,
      threads: 2,
      precision: "float32",
      dispose: () => undefined,
    },
    estimate: async (width, height) => ({
      ...{ memoryBytes: width * height, limitBytes: 1e9, scratchBytes: 0, elapsedMs: 1 },
    }),
    run: async (image) => {
      seen.push(image);
      return { ...image, data: image.data.slice(), report };
    },
  };
  return { plan, seen };
}

/** A picture whose values are all different. */
function counted(width: number, height: number, channels = 3): FloatImage {
  const data = Float32Array.from({ length: width * height * channels }, (_, i) => i);
  return { width, height, channels, data };
}

describe("mirrorTiny", () => {
  it("returns each picture as the network gives it, of its own size", async () => {
    const networks = [
      { size: [1, 1], network: [32, 32] },
      { size: [2, 3], network: [32, 32] },
      { size: [31, 17], network: [32, 32] },
      { size: [1, 100], network: [32, 112] },
      { size: [33, 31], network: [48, 32] },
      { size: [33, 50], network: [33, 50] },
    ] as const;
    for (const {
      size: [width, height],
      network,
    } of networks) {
      for (const channels of [3, 4]) {
        const { plan, seen } = identity();
        const image = counted(width, height, channels);
        const { data, ...size } = await mirrorTiny(plan, channels).run(image);
        expect(size).toMatchObject({ width, height, channels });
        expect(data).toEqual(image.data);
        const [given] = seen;
        expect([given?.width, given?.height]).toEqual(network);
      }
    }
  });

  it("puts the picture in the middle and its mirror images around it", async () => {
    const { plan, seen } = identity();
    await mirrorTiny(plan, 1).run(counted(3, 48, 1));
    // 14 pixels before it.
    expect(Array.from(seen[0]?.data.subarray(0, 32) ?? []).join("")).toBe(
      "10012210012210" + "012" + "210012210012210",
    );
  });

  it("leaves pictures of 32 pixels and more alone, the object too", async () => {
    const { plan, seen } = identity();
    const image = counted(32, 32);
    await mirrorTiny(plan, 3).run(image);
    expect(seen[0]).toBe(image);
    expect((await mirrorTiny(plan, 3).estimate(32, 50)).memoryBytes).toBe(32 * 50);
  });

  it("estimates and reports the mirrored picture, and the one that it was made from", async () => {
    const mirroring = mirrorTiny(identity().plan, 3);
    expect((await mirroring.estimate(2, 50)).memoryBytes).toBe(32 * 64 + 2 * 50 * 3 * 4);
    expect((await mirroring.run(counted(2, 50))).report.peakMemoryBytes).toBe(100 + 2 * 50 * 3 * 4);
  });
});

describe("a tiny picture", () => {
  const colours = [
    [10, 10, 10],
    [128, 128, 128],
    [250, 250, 250],
    [200, 40, 60],
    [90, 140, 30],
  ];
  const sizes = [
    [1, 1],
    [2, 2],
    [3, 1],
    [8, 8],
    [1, 40],
    [16, 16],
  ] as const;

  // As they were, denoise moved them by up to 68, deblur by up to 9; now by 3 and 0.
  it.each([
    ["denoise", 5],
    ["deblur", 2],
  ] as const)("of one colour keeps it: %s", async (task, most) => {
    using restorer = await createRestorer(task);
    for (const [width, height] of sizes) {
      for (const colour of colours) {
        const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3]!);
        const restored = await restorer.restore({ data, width, height }, { checks: false });
        for (const [i, value] of restored.data.entries()) {
          expect(Math.abs(value - data[i]!), `${width}x${height} of ${colour}`).toBeLessThan(most);
        }
      }
    }
  });

  it("has the same estimate and result in strips as whole", async () => {
    using whole = await createRestorer("denoise", { threads: 1 });
    const { memoryBytes } = await whole.estimate(20, 3000);
    using strips = await createRestorer("denoise", { threads: 1, maxMemoryBytes: memoryBytes / 2 });
    const picture = withNoise(scene(20, 3000), 25);
    const [a, b] = [await whole.restore(picture), await strips.restore(picture)];
    expect(a.receipt.peakMemoryBytes).toBe(memoryBytes);
    expect(b.receipt.strips).toBeGreaterThan(1);
    expect(b.data).toEqual(a.data);
  });
});
