import { expect, it } from "vitest";
import { fitsInMemory } from "../../../src/cli/batch/fitsInMemory.ts";

const small = { width: 100, height: 100 };
const large = { width: 1000, height: 1000 };
/** A network that wants 100 bytes a pixel. */
const network =
  (limitBytes: number, scratchBytes = 0) =>
  async (width: number, height: number) => {
    return { memoryBytes: 100 * width * height, limitBytes, scratchBytes, elapsedMs: null };
  };

it("is so while the network has room for the largest beside all of them", async () => {
  const needed = 100e6 + 40e6 + 0.4e6;
  expect(await fitsInMemory([small, large], network(needed))).toBe(true);
  expect(await fitsInMemory([small, large], network(needed - 1))).toBe(false);
  expect(await fitsInMemory([small, small], network(needed / 10))).toBe(true);
});

it("is not so where the network goes over to a scratch file, or a size is not known", async () => {
  expect(await fitsInMemory([small, small], network(Infinity, 1))).toBe(false);
  expect(await fitsInMemory([small, undefined], network(Infinity))).toBe(false);
});

it("is not so for a size that has no estimate", async () => {
  const none = () => Promise.reject(new TypeError("The plan has no estimate for 268435456x1."));
  expect(await fitsInMemory([small, { width: 2 ** 28, height: 1 }], none)).toBe(false);
});

it("is never so for more than three", async () => {
  expect(await fitsInMemory([small, small, small], network(Infinity))).toBe(true);
  expect(await fitsInMemory([small, small, small, small], network(Infinity))).toBe(false);
});
