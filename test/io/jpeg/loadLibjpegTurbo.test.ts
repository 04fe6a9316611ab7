/** libjpeg-turbo where WebAssembly cannot start: the same pixels and the same files. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scene } from "../../support/pictures.ts";
import { fixtures, readFixture } from "../fixtures.ts";

const jpegs = fixtures.map(({ file }) => file).filter((file) => file.endsWith(".jpg"));
const grey = {
  width: 67,
  height: 41,
  channels: 1,
  data: new Uint8Array(67 * 41).fill(90),
} as const;

/** Everything of the codec, loaded anew. */
async function results() {
  vi.resetModules();
  const codec = await import("../../../src/io/jpeg/libjpegTurbo.ts");
  const { width, height, data } = scene(123, 77);
  const colour = { width, height, channels: 3, data: Uint8Array.from(data) } as const;
  return {
    decoded: await Promise.all(
      jpegs.map((file) => codec.decodeWithLibjpegTurbo(readFixture(file))),
    ),
    encoded: [
      await codec.encodeWithLibjpegTurbo(colour, 88),
      await codec.encodeWithLibjpegTurbo(grey, 92),
    ],
  };
}

describe("without WebAssembly", () => {
  let usual: Awaited<ReturnType<typeof results>>;
  beforeEach(async () => {
    usual = await results();
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("everything is as with it, where there is none", async () => {
    vi.stubGlobal("WebAssembly", undefined); // as under --jitless
    expect(await results()).toEqual(usual);
  });

  it.each(["compile", "instantiate"] as const)("and where %s fails", async (name) => {
    const failing = vi.spyOn(WebAssembly, name).mockRejectedValue(new RangeError("Out of memory"));
    expect(await results()).toEqual(usual);
    expect(failing).toHaveBeenCalled();
  });
});
