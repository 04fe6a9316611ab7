import { expect, it, vi } from "vitest";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { readFixture, rejectionOf } from "../fixtures.ts";

const free = vi.hoisted(() => ({ bytes: 0 }));
vi.mock("node:v8", () => ({
  getHeapStatistics: () => ({ heap_size_limit: 2 ** 20 + free.bytes, used_heap_size: 2 ** 20 }),
}));

it("a JPEG that would exhaust the heap, and so end the process, is refused", async () => {
  const bytes = readFixture("cmyk.jpg"); // 3x3 blocks in each of four components
  free.bytes = (36 * 200) / 0.8 - 1;
  expect(await rejectionOf(() => decodeImage(bytes))).toMatchObject({
    code: "INPUT_TOO_LARGE",
    message: expect.stringMatching(/--max-old-space-size/),
  });
  free.bytes += 2;
  expect((await decodeImage(bytes)).raster.width).toBe(23);
});
