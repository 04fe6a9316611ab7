/** The end of something that calls use: at once, or when the last of them is done. */

import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { NafnetError } from "../../src/base/errors.ts";
import { Lifetime } from "../../src/base/Lifetime.ts";

function lifetime(): { lifetime: Lifetime; freed: () => number } {
  let count = 0;
  return {
    lifetime: new Lifetime(
      () => {
        count++;
      },
      () => new NafnetError("ENGINE_FAILED", "It is over."),
    ),
    freed: () => count,
  };
}

describe("a lifetime", () => {
  it("that ends without a call at work is freed at once, and once", () => {
    const { lifetime: life, freed } = lifetime();
    life.end();
    expect(freed()).toBe(1);
    life.end();
    expect(freed()).toBe(1);
  });

  it("that ends during calls is freed at the end of the last, before its caller goes on", async () => {
    const { lifetime: life, freed } = lifetime();
    const ends: (() => void)[] = [];
    const call = () => life.use(() => new Promise<void>((resolve) => ends.push(resolve)));
    const calls = [call(), call()];
    life.end();
    ends[0]?.();
    await calls[0];
    expect(freed()).toBe(0);
    ends[1]?.();
    await calls[1];
    expect(freed()).toBe(1);
    life.end();
    expect(freed()).toBe(1);
  });

  it("is freed where the last call fails, too, and the caller gets its error", async () => {
    const { lifetime: life, freed } = lifetime();
    const mine = new Error("mine");
    const failing = life.use(async () => {
      await setImmediate();
      throw mine;
    });
    life.end();
    await expect(failing).rejects.toBe(mine);
    expect(freed()).toBe(1);
  });

  it("refuses calls after its end, and does not begin them", async () => {
    const { lifetime: life } = lifetime();
    life.end();
    let begun = false;
    const call = life.use(async () => {
      begun = true;
    });
    await expect(call).rejects.toThrow("It is over.");
    expect(begun).toBe(false);
  });

  it("gives what its calls give", async () => {
    expect(await lifetime().lifetime.use(async () => 7)).toBe(7);
  });
});
