import { expect, it } from "vitest";
import { parseBytes } from "../../../src/cli/flags/parseBytes.ts";

it.each([
  ["1000000", 1_000_000],
  ["2GiB", 2 ** 31],
  ["2gib", 2 ** 31],
  ["1.5 GB", 1_500_000_000],
  ["800MB", 800_000_000],
  ["512 MiB", 2 ** 29],
  ["64KiB", 65_536],
  ["1TiB", 2 ** 40],
  ["7B", 7],
])("%s is %d bytes", (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

it.each([
  "",
  "0",
  "GiB",
  "-1GB",
  "2 gigs",
  "1e9",
  "1,5GB",
  "0.1B",
  "99999999999TiB",
  "constructor",
])("%j is no size", (text) => {
  expect(parseBytes(text)).toBeUndefined();
});
