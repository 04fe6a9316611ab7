/** Plans that share the processors: how many of them run at once. On plans that compute nothing. */

import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Semaphore } from "../../src/base/Semaphore.ts";
import type { Plan } from "../../src/engine/Engine.ts";
import { SharedPlan } from "../../src/engine/QueuedPlan.ts";
import { selectEngine } from "../../src/engine/select.ts";
import { rejectionOf } from "../support/errors.ts";
import { imageOf, networkOf, TINY_SCA, weightMapOf } from "../support/networks.ts";

const image = imageOf(3, 2);
const PROCESSORS = 4;

/** What runs of several plans do to the processors. */
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
    new SharedPlan(
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

it("the plans of an engine that was selected share the processors", async () => {
  const engine = await selectEngine();
  const network = networkOf(TINY_SCA);
  const plans = await Promise.all(
    [1, 2].map(() => engine.compile(network.graph({ tlcBase: null }), weightMapOf(network))),
  );
  const events: number[] = [];
  await Promise.all(
    plans.map((plan, i) => plan.run(imageOf(200, 160), { onProgress: () => events.push(i) })),
  );
  for (const plan of plans) plan.dispose();
  expect(new Set(events)).toEqual(new Set([0, 1]));
  expect(events).toEqual(events.toSorted()); // all of the first, then all of the second
});
