/** The queue of plans: which runs are at work at once, on plans that compute nothing, and the end of plans, on each engine. */

import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { Semaphore } from "../../src/base/Semaphore.ts";
import { ENGINE_NAMES, type Engine, type Plan } from "../../src/engine/Engine.ts";
import { QueuedPlan } from "../../src/engine/QueuedPlan.ts";
import { selectEngine, tryEngine } from "../../src/engine/select.ts";
import { useBackend } from "../parity/backends.ts";
import { rejectionOf } from "../support/errors.ts";
import { imageOf, networkOf, TINY_SCA, weightMapOf } from "../support/networks.ts";

const image = imageOf(3, 2);
const large = imageOf(200, 160);
const PROCESSORS = 4;

await useBackend("wasm");
const attempts = await Promise.all(ENGINE_NAMES.map((name) => tryEngine(name)));

/** Plans on four processors, and the most runs and threads that were at work at once. */
function machine(): {
  planWith: (threads: number | null) => Plan;
  most: { runs: number; threads: number };
  order: (number | null)[];
} {
  const processors = new Semaphore(PROCESSORS);
  const now = { runs: 0, threads: 0 };
  const most = { runs: 0, threads: 0 };
  const order: (number | null)[] = [];
  const planWith = (threads: number | null): Plan =>
    new QueuedPlan(
      {
        ...{ engine: "fake", isa: null, threads, precision: "float32" },
        estimate: () => Promise.reject(new Error("not of this test")),
        async run(picture) {
          const used = threads ?? PROCESSORS;
          now.runs++;
          now.threads += used;
          order.push(threads);
          most.runs = Math.max(most.runs, now.runs);
          most.threads = Math.max(most.threads, now.threads);
          await setImmediate();
          await setImmediate();
          now.runs--;
          now.threads -= used;
          const report = { elapsedMs: 0, peakMemoryBytes: 0, scratchBytes: 0, strips: 1 };
          return { ...picture, report: { ...report, nonFinite: false } };
        },
        dispose: () => undefined,
      },
      () => processors,
    );
  return { planWith, most, order };
}

describe("runs at once", () => {
  it.each<[string, (number | null)[], { runs: number; threads: number }]>([
    ["of all processors are one", [4, 4, 4], { runs: 1, threads: 4 }],
    ["of half of them are two", [2, 2, 2], { runs: 2, threads: 4 }],
    ["of a thread each are as many as processors", [1, 1, 1, 1, 1, 1], { runs: 4, threads: 4 }],
    ["of different plans fill the processors", [3, 1, 2], { runs: 2, threads: 4 }],
    ["on tfjs, which has its own threads, are one", [null, null, 1], { runs: 1, threads: 4 }],
    ["of more threads than processors are one", [9, 9], { runs: 1, threads: 9 }],
  ])("%s: %j", async (_, threads, expected) => {
    const { planWith, most, order } = machine();
    await Promise.all(threads.map((count) => planWith(count).run(image)));
    expect(most).toEqual(expected);
    expect(order).toEqual(threads); // first come, first served
  });

  it("of one plan are one, and a waiting one holds no processor", async () => {
    const { planWith, most } = machine();
    const plan = planWith(2);
    const ended: string[] = [];
    await Promise.all([
      plan.run(image).then(() => ended.push("first")),
      plan.run(image).then(() => ended.push("second")),
      planWith(2)
        .run(image)
        .then(() => ended.push("another plan's")),
    ]);
    expect(ended).toEqual(["first", "another plan's", "second"]);
    expect(most).toEqual({ runs: 2, threads: 4 });
  });

  it("are left at once by one that is aborted while it waits", async () => {
    const { planWith, order } = machine();
    const controller = new AbortController();
    const long = planWith(4);
    const running = long.run(image);
    const ofThePlan = rejectionOf(long.run(image, controller));
    const ofAnother = rejectionOf(planWith(3).run(image, controller));
    let done = false;
    void running.then(() => {
      done = true;
    });
    controller.abort("enough");
    expect(await ofThePlan).toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(await ofAnother).toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(done).toBe(false);
    await running;
    expect(order).toEqual([4]);
  });
});

describe("a plan that is disposed", () => {
  /** A plan whose runs are ended by hand, and what is called of it. */
  function planByHand(): { plan: Plan; calls: string[]; endRun: () => void } {
    const calls: string[] = [];
    let endRun = (): void => undefined;
    const plan = new QueuedPlan({
      ...{ engine: "fake", isa: null, threads: 1, precision: "float32" },
      async estimate() {
        calls.push("estimate");
        return { memoryBytes: 0, limitBytes: 0, scratchBytes: 0, elapsedMs: null };
      },
      async run(picture) {
        calls.push("run");
        await new Promise<void>((resolve) => {
          endRun = resolve;
        });
        calls.push("end");
        const report = { elapsedMs: 0, peakMemoryBytes: 0, scratchBytes: 0, strips: 1 };
        return { ...picture, report: { ...report, nonFinite: false } };
      },
      dispose: () => calls.push("dispose"),
    });
    return { plan, calls, endRun: () => endRun() };
  }

  it("is freed at once when no run was asked for, once only", () => {
    const { plan, calls } = planByHand();
    plan.dispose();
    plan.dispose();
    expect(calls).toEqual(["dispose"]);
  });

  it("is freed at the end of the runs that were asked for", async () => {
    const { plan, calls, endRun } = planByHand();
    const runs = [plan.run(image), plan.run(image)];
    await setImmediate();
    plan.dispose();
    for (let run = 0; run < 2; run++) {
      expect(calls).not.toContain("dispose");
      endRun();
      await setImmediate();
    }
    expect(await Promise.all(runs)).toHaveLength(2);
    plan.dispose();
    expect(calls).toEqual(["run", "end", "run", "end", "dispose"]);
  });

  it("is not freed by the end of a run that leaves the queue", async () => {
    const { plan, calls, endRun } = planByHand();
    const controller = new AbortController();
    const running = plan.run(image);
    const waiting = rejectionOf(plan.run(image, controller));
    await setImmediate();
    plan.dispose();
    controller.abort();
    expect((await waiting).code).toBe("ABORTED");
    expect(calls).toEqual(["run"]);
    endRun();
    await running;
    expect(calls).toEqual(["run", "end", "dispose"]);
  });

  it("refuses runs and estimates", async () => {
    const { plan, calls } = planByHand();
    plan.dispose();
    for (const call of [plan.run(image), plan.estimate(3, 2)]) {
      expect(await rejectionOf(call)).toMatchObject({
        code: "ENGINE_FAILED",
        message:
          "Expected a plan with its weights but this one of fake has been disposed; compile another.",
      });
    }
    expect(calls).toEqual(["dispose"]);
  });
});

describe.each(attempts)("a plan of $name", (attempt) => {
  if ("reason" in attempt) {
    it.skip(`skipped: ${attempt.reason.split("\n")[0]}`);
    return;
  }
  const { engine } = attempt;

  it("runs one picture at a time, in the order of the calls", async () => {
    const plan = await tinyPlan(engine);
    const images = ["a", "b", "c"].map((seed) => imageOf(90, 70, 3, seed));
    const alone: Float32Array[] = [];
    for (const one of images) alone.push((await plan.run(one)).data);
    const progress: number[] = [];
    const ended: number[] = [];
    const together = await Promise.all(
      images.map(async (one, i) => {
        const result = await plan.run(one, { onProgress: () => progress.push(i) });
        ended.push(i);
        return result.data;
      }),
    );
    plan.dispose();
    expect(together).toEqual(alone);
    expect(ended).toEqual([0, 1, 2]);
    expect(new Set(progress)).toEqual(new Set([0, 1, 2]));
    expect(progress).toEqual(progress.toSorted()); // all of the first, then all of the second, …
  });

  it("lets a run leave the queue at once, and the one behind it move up", async () => {
    const plan = await tinyPlan(engine);
    const controller = new AbortController();
    let firstIsDone = false;
    const first = plan.run(large).finally(() => {
      firstIsDone = true;
    });
    const second = rejectionOf(plan.run(large, { signal: controller.signal }));
    const third = plan.run(image);
    controller.abort("enough");
    expect(await second).toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(firstIsDone).toBe(false);
    await first;
    expect((await third).data).toHaveLength(image.data.length);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    plan.dispose();
  });

  it("ends what was asked for when it is disposed meanwhile, and takes no more", async () => {
    const tensors = tf.memory().numTensors;
    const plan = await tinyPlan(engine);
    const expected = (await plan.run(large)).data;
    let disposed = false;
    const running = plan.run(large, {
      onProgress() {
        plan.dispose(); // in the middle of the network
        disposed = true;
      },
    });
    const waiting = plan.run(large);
    expect((await running).data).toEqual(expected);
    expect(disposed).toBe(true);
    expect((await waiting).data).toEqual(expected);
    expect(tf.memory().numTensors).toBe(tensors);
    const message = `Expected a plan with its weights but this one of ${plan.engine} has been disposed; compile another.`;
    for (const call of [plan.run(image), plan.estimate(3, 2)]) {
      expect(await rejectionOf(call)).toMatchObject({ code: "ENGINE_FAILED", message });
    }
  });

  it("can be disposed twice", async () => {
    const tensors = tf.memory().numTensors;
    const plan = await tinyPlan(engine);
    await plan.run(image);
    plan.dispose();
    plan.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

function tinyPlan(engine: Engine): Promise<Plan> {
  const network = networkOf(TINY_SCA);
  return engine.compile(network.graph({ tlcBase: null }), weightMapOf(network));
}

it("the plans of an engine that was selected share the processors", async () => {
  const engine = await selectEngine();
  const plans = await Promise.all([1, 2].map(() => tinyPlan(engine)));
  const events: number[] = [];
  await Promise.all(
    plans.map((plan, i) => plan.run(imageOf(200, 160), { onProgress: () => events.push(i) })),
  );
  for (const plan of plans) plan.dispose();
  expect(new Set(events)).toEqual(new Set([0, 1]));
  expect(events).toEqual(events.toSorted()); // all of the first, then all of the second
});
