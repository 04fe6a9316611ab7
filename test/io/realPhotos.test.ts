/** Photos from ../shared/data, which lies beside a checkout and is no part of it. */
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkRaster } from "../../src/image/Raster.ts";
import { readImage } from "../../src/io/readImage.ts";

const data = new URL("../../../shared/data/", import.meta.url);
const FAMILIES = ["debian", "elementary", "popos", "bsds", "sunhays", "inet"];

function filesOf(folder: string, wanted: (name: string) => boolean): URL[] {
  const url = new URL(folder, data);
  if (!existsSync(url)) return [];
  const names = readdirSync(url).filter(wanted).sort();
  return names.map((name) => new URL(encodeURIComponent(name), url));
}

const train = FAMILIES.flatMap((family) =>
  filesOf("train/", (name) => name.startsWith(family)).slice(0, 2),
);
const old = filesOf("bench/old/", (name) => name.endsWith(".png"));

describe("real photos", () => {
  it("JPEGs of every family", async ({ skip }) => {
    skip(train.length === 0, "no ../shared/data/train");
    for (const url of train) {
      const { raster, format } = await readImage(url);
      checkRaster(raster);
      expect(format).toBe("jpeg");
      expect(raster.width * raster.height).toBeGreaterThan(10_000);
    }
  });

  it("old PNGs", async ({ skip }) => {
    skip(old.length === 0, "no ../shared/data/bench/old");
    for (const url of old) {
      const { raster, format } = await readImage(url);
      checkRaster(raster);
      expect(format).toBe("png");
    }
  });
});
