import { expect, it } from "vitest";
import { mapInOrder } from "../../../src/cli/batch/mapInOrder.ts";

/** Work that ends when it is told to. */
function controlled(): {
  started: number[];
  end: (item: number) => void;
  work: (item: number) => Promise<string>;
} {
  const started: number[] = [];
  const ends = new Map<number, () => void>();
  return {
    started,
    end: (item) => ends.get(item)?.(),
    work: (item) => {
      started.push(item);
      return new Promise((resolve) => ends.set(item, () => resolve(`done ${item}`)));
    },
  };
}

const most = (count: number) => async (items: readonly number[]) => items.length <= count;

it("starts as many as fit, and gives results in order", async () => {
  const { started, end, work } = controlled();
  const results = mapInOrder([1, 2, 3, 4], most(2), work);
  const first = results.next();
  await Promise.resolve();
  await new Promise(setImmediate);
  expect(started).toEqual([1, 2]);
  end(2);
  await new Promise(setImmediate);
  expect(started).toEqual([1, 2]); // 1 is still at work, and its result comes first
  end(1);
  expect((await first).value).toBe("done 1");
  const second = results.next();
  await new Promise(setImmediate);
  expect((await second).value).toBe("done 2");
  const third = results.next();
  await new Promise(setImmediate);
  expect(started).toEqual([1, 2, 3, 4]);
  end(4);
  end(3);
  expect((await third).value).toBe("done 3");
  expect((await results.next()).value).toBe("done 4");
  expect((await results.next()).done).toBe(true);
});

it("does one at a time where no two fit", async () => {
  let running = 0;
  const work = async (item: number): Promise<number> => {
    expect(++running).toBe(1);
    await new Promise(setImmediate);
    running--;
    return item;
  };
  const results: number[] = [];
  for await (const result of mapInOrder([1, 2, 3], most(0), work)) results.push(result);
  expect(results).toEqual([1, 2, 3]);
});

it("waits for the others before it passes a rejection on", async () => {
  let ended = false;
  const work = async (item: number): Promise<number> => {
    await new Promise(setImmediate);
    if (item === 1) throw new Error("a defect");
    await new Promise(setImmediate);
    ended = true;
    return item;
  };
  await expect(async () => {
    for await (const result of mapInOrder([1, 2], most(2), work)) expect(result).toBe(0);
  }).rejects.toThrow("a defect");
  expect(ended).toBe(true);
});
