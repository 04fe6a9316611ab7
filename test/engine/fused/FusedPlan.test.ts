/** The fused engine around its modules: options, errors, limits, estimates, on a module that is a fake. */

import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/engine/Engine.ts";
import type { EngineOptions } from "../../../src/engine/EngineOptions.ts";
import { chooseIsa } from "../../../src/engine/fused/chooseIsa.ts";
import { fusedEngine } from "../../../src/engine/fused/FusedEngine.ts";
import type { RunOutcome } from "../../../src/engine/fused/FusedModule.ts";
import { errorOf, rejectionOf } from "../../support/errors.ts";
import { imageOf, networkOf, TINY_SCA, weightMapOf } from "../../support/networks.ts";
import { type Fake, type FakeOptions, FLOPS_PER_PIXEL, fakeModule } from "./fakeModule.ts";

const network = networkOf(TINY_SCA);
const weights = weightMapOf(network);
const image = imageOf(24, 20);
/** Bytes of the float pictures that go in and come out. */
const PICTURE_BYTES = 2 * 24 * 20 * 3 * 4;

async function planOn(
  options: FakeOptions = {},
  compileOptions: Partial<EngineOptions> = {},
  name: "native" | "wasm" = "native",
): Promise<Fake & { plan: Plan }> {
  const fake = fakeModule(options);
  const engine = fusedEngine(name, fake.module, "avx512");
  return {
    ...fake,
    plan: await engine.compile(network.graph({ tlcBase: null }), weights, { ...compileOptions }),
  };
}

describe("the engine", () => {
  it("says what it runs on and what else there is", () => {
    const { module } = fakeModule();
    expect(fusedEngine("native", module, "avx512").detail).toMatch(
      /^avx512 \(also avx2, sse2\), \d+ threads?, bf16 by avx512-bf16$/,
    );
    expect(fusedEngine("native", module, "sse2").detail).toMatch(/, no bf16$/);
  });

  it.each([
    ["native", {}, "native (avx512)"],
    ["native", { precision: "bf16" }, "native (avx512, bf16)"],
    ["wasm", { threads: 1 }, "wasm (avx512, 1 thread)"],
    ["wasm", { threads: 3 }, "wasm (avx512, 3 threads)"],
  ] as const)("%s with %j is called %s", async (name, options, expected) => {
    const { plan, plans } = await planOn({}, options, name);
    expect(plan.engine).toBe(expected);
    expect(plans[0]).toMatchObject({ isa: "avx512", precision: "float32", ...options });
    expect(plan).toMatchObject({ isa: "avx512", precision: "float32", ...options });
    expect(plan.threads).toBe(plans[0]?.threads);
  });

  it("refuses bf16 where nothing computes it", async () => {
    const engine = fusedEngine("native", fakeModule({ bfloat16: [] }).module, "avx512");
    const reason = "nothing multiplies bfloat16 with avx512 here; leave precision out.";
    expect(engine.objection({ precision: "bf16" })).toBe(reason);
    expect(engine.objection({ precision: "float32", threads: 3 })).toBeUndefined();
    const error = await rejectionOf(
      engine.compile(network.graph({ tlcBase: null }), weights, { precision: "bf16" }),
    );
    expect(error).toMatchObject({ code: "ENGINE_UNAVAILABLE", message: `native: ${reason}` });
  });

  it("does not compile without a weight", async () => {
    const damaged = new Map(weights);
    damaged.delete("ending/bias");
    const engine = fusedEngine("native", fakeModule().module, "avx512");
    const error = await rejectionOf(engine.compile(network.graph({ tlcBase: null }), damaged));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain("ending/bias");
  });

  it("says why a module refuses a program", async () => {
    const { module } = fakeModule();
    const broken = { ...module, createPlan: () => Promise.reject(new Error("Expected step 3.")) };
    const error = await rejectionOf(
      fusedEngine("native", broken, "avx512").compile(network.graph({ tlcBase: null }), weights),
    );
    expect(error.code).toBe("ENGINE_FAILED");
    expect(error.message).toMatch(
      /^The native engine cannot compile NAFNet .*: Expected step 3\.$/,
    );
  });
});

describe("chooseIsa", () => {
  const isas = ["avx512", "avx2"];
  it("takes the fastest, or the one that is asked for", () => {
    expect(chooseIsa(isas, undefined, "native")).toBe("avx512");
    expect(chooseIsa(isas, "avx2", "native")).toBe("avx2");
  });

  it("lists those that there are when it is another", () => {
    const error = errorOf(() => chooseIsa(isas, "neon", "native"));
    expect(error).toMatchObject({
      code: "INVALID_ARGUMENT",
      message:
        'Expected one of avx512, avx2 (those that the native engine runs here) for NAFNET_ISA but received "neon".',
    });
    expect(errorOf(() => chooseIsa([], undefined, "wasm")).code).toBe("ENGINE_UNAVAILABLE");
  });
});

describe("a run", () => {
  it("gives the picture and a report", async () => {
    const { plan } = await planOn();
    expect(await plan.run(image)).toEqual({
      ...image,
      report: {
        elapsedMs: expect.any(Number),
        peakMemoryBytes: 5000 + PICTURE_BYTES,
        scratchBytes: 0,
        strips: 1,
        nonFinite: false,
      },
    });
  });

  it("reports progress that rises to 1, also where the core does not", async () => {
    const { plan } = await planOn({
      outcome: ({ input, onProgress }) => {
        for (const fraction of [0.2, 0.1, 0.2, 0.7]) onProgress(fraction);
        return ok(input);
      },
    });
    const fractions: number[] = [];
    await plan.run(image, { onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions).toEqual([0.2, 0.7, 1]);
  });

  it("waits for the one before", async () => {
    const { plan, calls } = await planOn();
    await Promise.all([imageOf(3, 2), imageOf(5, 4)].map((one) => plan.run(one)));
    expect(calls).toEqual(["run 3x2", "end 3x2", "run 5x4", "end 5x4"]);
  });

  it("is not started when the signal has fired, also while it waits", async () => {
    const { plan, calls } = await planOn();
    const controller = new AbortController();
    const first = plan.run(imageOf(3, 2));
    const second = rejectionOf(plan.run(imageOf(5, 4), { signal: controller.signal }));
    controller.abort("enough");
    await first;
    expect(await second).toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(calls).toEqual(["run 3x2", "end 3x2"]);
  });

  it("ends when the signal fires, tells no more progress, and the next one runs", async () => {
    const { plan, calls } = await planOn();
    const controller = new AbortController();
    const fractions: number[] = [];
    const onProgress = (fraction: number): void => {
      fractions.push(fraction);
      if (fraction >= 0.3) controller.abort(new Error("enough"));
    };
    const error = await rejectionOf(plan.run(image, { signal: controller.signal, onProgress }));
    expect(error).toMatchObject({ code: "ABORTED", cause: { message: "enough" } });
    expect(fractions).toEqual([0.1, 0.2, 0.3]);
    expect((await plan.run(image)).data).toEqual(image.data);
    expect(calls).toHaveLength(4);
  });

  it("is aborted also where the core was done before it heard of it", async () => {
    const controller = new AbortController();
    const { plan } = await planOn({
      outcome: ({ input }) => {
        controller.abort();
        return ok(input);
      },
    });
    expect((await rejectionOf(plan.run(image, controller))).code).toBe("ABORTED");
  });

  it.each([0.1, 1])("passes on what onProgress throws at %d, unchanged", async (when) => {
    const { plan } = await planOn();
    const mine = new RangeError("mine");
    const onProgress = (fraction: number): void => {
      if (fraction >= when) throw mine;
    };
    await expect(plan.run(image, { onProgress })).rejects.toBe(mine);
    expect((await plan.run(image)).data).toEqual(image.data);
  });

  it.each<[RunOutcome["status"], string, RegExp]>([
    ["out-of-memory", "MEMORY_LIMIT", /: No memory\.; set a smaller maxMemoryBytes/],
    ["scratch-failed", "ENGINE_FAILED", /scratch file in .+: No memory\.; free space there/],
    ["invalid", "ENGINE_FAILED", /: No memory\.$/],
    ["aborted", "ENGINE_FAILED", /: No memory\.$/],
  ])("that ends %s is %s", async (status, code, message) => {
    const { plan } = await planOn({
      outcome: () => ({ status, message: "No memory." }) as RunOutcome, // none of them is "ok"
    });
    const error = await rejectionOf(plan.run(image));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^native \(avx512\) failed on a picture of 24x20: /);
    expect(error.message).toMatch(message);
  });

  it("that the module rejects is an engine's failure with its cause", async () => {
    const cause = new Error("gone");
    const { plan } = await planOn({ outcome: () => Promise.reject(cause) });
    expect(await rejectionOf(plan.run(image))).toMatchObject({ code: "ENGINE_FAILED", cause });
  });

  it("carries the core's word that values are not finite", async () => {
    const { plan } = await planOn({ outcome: ({ input }) => ({ ...ok(input), nonFinite: true }) });
    expect((await plan.run(image)).report.nonFinite).toBe(true);
  });

  it.each([
    ["too few values", { ...image, data: image.data.subarray(1) }],
    ["too many channels", imageOf(24, 20, 4)],
  ])("is not started on %s", async (_, wrong) => {
    const { plan, calls } = await planOn();
    const error = await rejectionOf(plan.run(wrong));
    expect(error.code).toBe("ENGINE_FAILED");
    expect(error.message).toContain("expected 1440 values of 3 channels but received");
    expect(calls).toEqual([]);
  });
});

describe("memory", () => {
  it("leaves the core what the pictures do not take", async () => {
    const { plan, runs } = await planOn({}, { maxMemoryBytes: 1e6 });
    expect((await plan.estimate(24, 20)).limitBytes).toBe(1e6);
    await plan.run(image);
    expect(runs[0]?.maxMemoryBytes).toBe(1e6 - PICTURE_BYTES);
    expect(runs[0]?.scratchFolder).toMatch(/./);
  });

  it("is the machine's without a limit, and unlimited where that is asked for", async () => {
    const { plan } = await planOn();
    const { limitBytes } = await plan.estimate(24, 20);
    expect(limitBytes).toBeGreaterThan(2 ** 20);
    expect(limitBytes).toBeLessThan(2 ** 50);
    const unlimited = await planOn({}, { maxMemoryBytes: Infinity });
    await unlimited.plan.run(image);
    expect(unlimited.runs[0]?.maxMemoryBytes).toBe(Infinity);
  });

  it("that cannot suffice is refused before the run, with what would", async () => {
    const { plan, calls } = await planOn({}, { maxMemoryBytes: PICTURE_BYTES + 999 });
    const error = await rejectionOf(plan.run(image));
    expect(error.code).toBe("MEMORY_LIMIT");
    expect(error.message).toMatch(/^A picture of 24x20 needs .*, or raise maxMemoryBytes\.$/);
    expect(calls).toEqual([]);
  });

  it("ends where the build's memory does", async () => {
    const { plan } = await planOn({ mostMemoryBytes: 3e9 }, { maxMemoryBytes: 1e12 });
    expect((await plan.estimate(24, 20)).limitBytes).toBe(3e9);
  });

  it.each(["estimate", "run"] as const)(
    "a side of more than 2^20 pixels is refused (%s)",
    async (call) => {
      const { plan, calls } = await planOn();
      const long = { width: 2 ** 20 + 1, height: 1, channels: 3, data: new Float32Array() };
      const work = call === "run" ? plan.run(long) : plan.estimate(long.width, long.height);
      const error = await rejectionOf(work);
      expect(error.code).toBe("INPUT_TOO_LARGE");
      expect(error.message).toContain("1048577x1");
      expect(calls).toEqual([]);
    },
  );

  it("goes over to scratch files in the folder that is given", async () => {
    const { plan, runs } = await planOn({}, { scratchFolder: "/scratch" });
    await plan.run(image);
    expect(runs[0]?.scratchFolder).toBe("/scratch");
  });
});

describe("the estimate", () => {
  it("counts the pictures, and takes the time from the machine's peak, measured once", async () => {
    const { plan, calls } = await planOn();
    const first = await plan.estimate(24, 20);
    expect(first.memoryBytes).toBe(100 * 24 * 20 + PICTURE_BYTES);
    const flops = FLOPS_PER_PIXEL * 24 * 20;
    const atPeakMs = flops / (100 * 1e6); // 100 GFLOPS
    expect(first.elapsedMs).toBeGreaterThan(atPeakMs);
    expect(first.elapsedMs).toBeLessThan(10 * atPeakMs);
    expect((await plan.estimate(48, 20)).elapsedMs).toBeCloseTo(2 * (first.elapsedMs ?? 0));
    expect(calls).toEqual([`peak avx512 float32 ${plan.threads}`]);
  });

  it("takes it from runs of about that size, once there are some", async () => {
    const { plan } = await planOn();
    const guess = (await plan.estimate(24, 20)).elapsedMs ?? 0;
    const { elapsedMs } = (await plan.run(image)).report;
    expect((await plan.estimate(24, 20)).elapsedMs).toBeCloseTo(elapsedMs);
    expect((await plan.estimate(48, 20)).elapsedMs).toBeCloseTo(2 * elapsedMs);
    // A thousand times the work says nothing about a small picture, nor the other way round.
    expect((await plan.estimate(2400, 200)).elapsedMs).toBeCloseTo(1000 * guess);
  });

  it("measures anew after a failure", async () => {
    let calls = 0;
    const { plan } = await planOn({
      peak: async () => {
        if (++calls === 1) throw new Error("busy");
        return 100;
      },
    });
    await expect(plan.estimate(24, 20)).rejects.toThrow("busy");
    expect((await plan.estimate(24, 20)).elapsedMs).toBeGreaterThan(0);
  });
});

it("a disposed plan finishes what was asked for and takes no more", async () => {
  const { plan, calls } = await planOn();
  const running = plan.run(image);
  plan.dispose();
  plan.dispose();
  expect((await running).data).toEqual(image.data);
  await Promise.resolve();
  expect(calls).toEqual(["run 24x20", "end 24x20", "dispose"]);
  for (const promise of [plan.run(image), plan.estimate(24, 20)]) {
    expect(await rejectionOf(promise)).toMatchObject({
      code: "ENGINE_FAILED",
      message: expect.stringContaining("disposed"),
    });
  }
});

function ok(output: Float32Array): Extract<RunOutcome, { status: "ok" }> {
  return { status: "ok", output, peakBytes: 0, scratchBytes: 0, strips: 1, nonFinite: false };
}
