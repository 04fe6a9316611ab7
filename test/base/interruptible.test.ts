import { describe, expect, it } from "vitest";
import { chunks, type Interruptible, runAsync, runSync } from "../../src/base/interruptible.ts";

describe("pieces", () => {
  it.each([0, 1, 2 ** 19, 2 ** 19 + 1, 5_000_000])("make up %d", (count) => {
    let next = 0;
    for (const [start, end] of chunks(count)) {
      expect(start).toBe(next);
      expect(end).toBeGreaterThan(start);
      next = end;
    }
    expect(next).toBe(count);
  });
});

function* counting(steps: number): Interruptible<number> {
  for (let i = 0; i < steps; i++) yield;
  return steps;
}

describe("work", () => {
  it("gives the same at once and in turns", async () => {
    expect(runSync(counting(3))).toBe(3);
    expect(await runAsync(counting(3))).toBe(3);
  });

  it("gives the event loop its turns", async () => {
    let turns = 0;
    const count = (): void => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    await runAsync(counting(10));
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it("passes on what it throws", async () => {
    const mine = new Error("mine");
    function* failing(): Interruptible<never> {
      yield;
      throw mine;
    }
    expect(() => runSync(failing())).toThrow(mine);
    await expect(runAsync(failing())).rejects.toBe(mine);
  });
});
