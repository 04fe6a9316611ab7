import { expect, it } from "vitest";
import { formatBytes } from "../../src/base/formatBytes.ts";

it.each([
  [0, "0 bytes"],
  [9999, "9999 bytes"],
  [10 * 2 ** 10, "10 KiB"],
  [10 * 2 ** 20 - 1, "10239.9 KiB"],
  [123.45 * 2 ** 20, "123.4 MiB"],
  [9 * 2 ** 30, "9216 MiB"],
  [3911.55 * 2 ** 30, "3911.5 GiB"],
])("%d is at least %s", (bytes, text) => {
  expect(formatBytes(bytes, Math.floor)).toBe(text);
});

it("rounds what is needed away from what there is", () => {
  for (const bytes of [1, 2 ** 14, 2 ** 24 + 1, 2 ** 30, 2 ** 40]) {
    const [needed, usable] = [bytes + 1, bytes];
    expect(formatBytes(needed, Math.ceil)).not.toBe(formatBytes(usable, Math.floor));
  }
});
