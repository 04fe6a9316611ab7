/** A semaphore: order, permits, and ways out of the wait. */

import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Semaphore } from "../../src/base/Semaphore.ts";
import { rejectionOf } from "../support/errors.ts";

/** Work that notes when it begins and is ended by hand. */
function jobs(semaphore: Semaphore): {
  begun: string[];
  start: (name: string, permits: number, signal?: AbortSignal) => Promise<string>;
  end: (name: string) => Promise<void>;
} {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    start: (name, permits, signal) =>
      semaphore.use(permits, signal, async () => {
        begun.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
        return name;
      }),
    async end(name) {
      ends.get(name)?.();
      await setImmediate();
    },
  };
}

describe("a semaphore of 3", () => {
  it("lets work begin while there are permits, then in the order of the calls", async () => {
    const { begun, start, end } = jobs(new Semaphore(3));
    const all = [start("a", 1), start("b", 2), start("c", 2), start("d", 1)];
    await setImmediate();
    expect(begun).toEqual(["a", "b"]);
    await end("a"); // one permit is free, which d would do with, but c is first
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "c", "d"]);
    await end("c");
    await end("d");
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
  });

  it("gives permits back when the work throws", async () => {
    const semaphore = new Semaphore(3);
    const mine = new Error("mine");
    await expect(semaphore.use(3, undefined, () => Promise.reject(mine))).rejects.toBe(mine);
    expect(await semaphore.use(3, undefined, async () => "next")).toBe("next");
  });

  it("does not begin what has been aborted", async () => {
    const { begun, start } = jobs(new Semaphore(3));
    const error = await rejectionOf(start("a", 1, AbortSignal.abort("enough")));
    expect(error).toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(begun).toEqual([]);
  });

  it("lets work leave the wait at once, and those behind it move up", async () => {
    const { begun, start, end } = jobs(new Semaphore(3));
    const controller = new AbortController();
    const first = start("first", 2);
    const large = rejectionOf(start("large", 3, controller.signal));
    const small = start("small", 1);
    await setImmediate();
    expect(begun).toEqual(["first"]);
    controller.abort("enough");
    expect(await large).toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(begun).toEqual(["first", "small"]);
    await end("first");
    await end("small");
    expect(await Promise.all([first, small])).toEqual(["first", "small"]);
  });

  it("leaves the signal alone once the work has begun, and no listener on it", async () => {
    const semaphore = new Semaphore(3);
    const { start, end } = jobs(semaphore);
    const { signal } = new AbortController();
    const running = start("a", 3, signal);
    await setImmediate();
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await end("a");
    expect(await running).toBe("a");
  });

  it("keeps all permits when signals fire while permits are handed out", async () => {
    const semaphore = new Semaphore(3);
    for (let i = 0; i < 50; i++) {
      const controller = new AbortController();
      const first = semaphore.use(3, undefined, async () => {
        if (i % 2 === 0) controller.abort();
      });
      const second = semaphore
        .use(2, controller.signal, async () => undefined)
        .catch(() => undefined);
      await first;
      if (i % 2 === 1) controller.abort(); // just after `second` was given its permits
      await second;
    }
    expect(await semaphore.use(3, undefined, async () => "all three")).toBe("all three");
  });
});
