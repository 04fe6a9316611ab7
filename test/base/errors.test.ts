import { expect, it } from "vitest";
import { messageOf, NafnetError, quoted, shortened } from "../../src/base/errors.ts";
import { readImage } from "../../src/io/readImage.ts";
import { rejectionOf } from "../support/errors.ts";

const long = "A".repeat(200_000);

it("keeps messages short, with their start and their end", () => {
  const { message } = new NafnetError("INPUT_NOT_FOUND", `${long}: no such file`);
  expect(message.length).toBeLessThan(2100);
  expect(message).toMatch(/^A{1000}…\(198014 characters\)…A{986}: no such file$/);
  const ordinary = `${"a".repeat(1500)}: no such file`;
  expect(new NafnetError("INPUT_NOT_FOUND", ordinary).message).toBe(ordinary);
});

it("shortens what is quoted, and the system's words", () => {
  expect(quoted(long).length).toBeLessThan(400);
  expect(quoted(Array(10_000).fill(1)).length).toBeLessThan(400);
  expect(messageOf(new Error(long)).length).toBeLessThan(1100);
  expect(shortened("abcdefgh", 4)).toBe("ab…(4 characters)…gh");
  expect(shortened("abcdefgh", 8)).toBe("abcdefgh");
});

it("tells why a picture's bytes are no path, in a line", async () => {
  const error = await rejectionOf(readImage(long));
  expect(error.code).toBe("INPUT_NOT_FOUND");
  expect(error.message).toContain("cannot be read: ENAMETOOLONG: name too long");
  expect(error.message.length).toBeLessThan(1500);
});

it("quotes what JSON does not have", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  expect([Number.NaN, undefined, 12n, circle, () => 1].map(quoted)).toEqual([
    "NaN",
    "undefined",
    "12",
    "[object Object]",
    "() => 1",
  ]);
});
