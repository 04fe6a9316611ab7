import { expect, it } from "vitest";
import { outputFormat, PICTURE_EXTENSION } from "../../src/io/formats.ts";

it("outputFormat goes by the extension", () => {
  expect(outputFormat("a.b/c.Png")).toBe("png");
  expect(outputFormat("c.png.jpeg")).toBe("jpeg");
  expect(outputFormat("d.TIF")).toBe("tiff");
  expect(outputFormat("d.jfif")).toBe("jpeg");
});

it("PICTURE_EXTENSION is what is read", () => {
  for (const name of ["a.PNG", "a.jpg", "a.webp", "a.avif", "a.tiff", "a.heic"]) {
    expect(name).toMatch(PICTURE_EXTENSION);
  }
  for (const name of ["a.gif", "jpg", "a.png.txt", "apng"])
    expect(name).not.toMatch(PICTURE_EXTENSION);
});
