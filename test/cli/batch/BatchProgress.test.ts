import { expect, it } from "vitest";
import { BatchProgress } from "../../../src/cli/batch/BatchProgress.ts";

function batchOf(pixels: Record<string, number>): [BatchProgress, (ms: number) => void] {
  let ms = 0;
  const wait = (more: number): void => {
    ms += more;
  };
  return [new BatchProgress(new Map(Object.entries(pixels)), () => ms), wait];
}

it("weighs pictures by their pixels", () => {
  const [batch, wait] = batchOf({ small: 100, large: 900 });
  expect(batch.fraction).toBe(0);
  expect(batch.remainingMs).toBeUndefined();
  wait(10_000);
  batch.finish("small", false);
  expect(batch.fraction).toBe(0.1);
  expect(batch.remainingMs).toBe(90_000);
});

it("promises nothing in the first seconds", () => {
  const [batch, wait] = batchOf({ a: 100, b: 100 });
  wait(2999);
  batch.progress("a", 0.001);
  expect(batch.remainingMs).toBeUndefined();
  wait(1);
  expect(batch.remainingMs).toBeGreaterThan(3000);
});

it("counts what is in work, several at a time, once", () => {
  const [batch, wait] = batchOf({ a: 400, b: 400, c: 200 });
  wait(30_000);
  batch.progress("a", 0.5);
  batch.progress("b", 0.25);
  expect(batch.fraction).toBe(0.3);
  expect(batch.remainingMs).toBe(70_000);
  batch.finish("a", false);
  batch.progress("a", 1); // a late word of a settled one
  expect(batch.fraction).toBe(0.5);
});

it("takes a failure for neither done nor left, so that quick failures promise nothing", () => {
  const [batch, wait] = batchOf({ bad: 9000, good: 500, last: 500 });
  batch.finish("bad", true);
  expect(batch.remainingMs).toBeUndefined();
  wait(20_000);
  batch.finish("good", false);
  expect(batch.fraction).toBe(0.5);
  expect(batch.remainingMs).toBe(20_000);
});
