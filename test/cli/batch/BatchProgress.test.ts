import { expect, it } from "vitest";
import { Workload } from "../../../src/cli/batch/BatchProgress.ts";

function workload(pixels: Record<string, number>): [Workload, (ms: number) => void] {
  let ms = 0;
  const wait = (more: number): void => {
    ms += more;
  };
  return [new Workload(new Map(Object.entries(pixels)), () => ms), wait];
}

it("weighs pictures by their pixels", () => {
  const [work, wait] = workload({ small: 100, large: 900 });
  expect(work.fraction).toBe(0);
  expect(work.remainingMs).toBeUndefined();
  wait(10_000);
  work.settle("small", false);
  expect(work.fraction).toBe(0.1);
  expect(work.remainingMs).toBe(90_000);
});

it("promises nothing in the first seconds", () => {
  const [work, wait] = workload({ a: 100, b: 100 });
  wait(2999);
  work.progress("a", 0.001);
  expect(work.remainingMs).toBeUndefined();
  wait(1);
  expect(work.remainingMs).toBeGreaterThan(3000);
});

it("counts what is in work, several at a time, once", () => {
  const [work, wait] = workload({ a: 400, b: 400, c: 200 });
  wait(30_000);
  work.progress("a", 0.5);
  work.progress("b", 0.25);
  expect(work.fraction).toBe(0.3);
  expect(work.remainingMs).toBe(70_000);
  work.settle("a", false);
  work.progress("a", 1); // a late word of a settled one
  expect(work.fraction).toBe(0.5);
});

it("takes a failure for neither done nor left, so that quick failures promise nothing", () => {
  const [work, wait] = workload({ bad: 9000, good: 500, last: 500 });
  work.settle("bad", true);
  expect(work.remainingMs).toBeUndefined();
  wait(20_000);
  work.settle("good", false);
  expect(work.fraction).toBe(0.5);
  expect(work.remainingMs).toBe(20_000);
});
