/** A line per picture where standard error is no terminal, a bar where it is, nothing with --json. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createReporter, formatDuration } from "../../../src/cli/batch/ProgressReporter.ts";

const isTTY = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
let out: string[] = [];
let errors: string[] = [];
let terminal = "";

beforeEach(() => {
  out = [];
  errors = [];
  terminal = "";
  vi.spyOn(console, "log").mockImplementation((line: string) => void out.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void errors.push(line));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    terminal += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  if (isTTY === undefined) Reflect.deleteProperty(process.stderr, "isTTY");
  else Object.defineProperty(process.stderr, "isTTY", isTTY);
});

function pretendTerminal(value: boolean): void {
  Object.defineProperty(process.stderr, "isTTY", { value, configurable: true });
}

async function twoPictures(json: boolean): Promise<void> {
  const reporter = await createReporter(
    "denoise",
    new Map([
      ["a.png", 300],
      ["bad.png", 100],
    ]),
    json,
  );
  reporter.progress("a.png", 0.5);
  reporter.done("a.png", "a.png -> b.png", false);
  reporter.progress("bad.png", 0);
  reporter.done("bad.png", "nafnet: bad.png: no picture", true);
  reporter.end();
}

describe("createReporter", () => {
  it("prints a line per picture, failures to standard error", async () => {
    pretendTerminal(false);
    await twoPictures(false);
    expect(out).toEqual(["a.png -> b.png"]);
    expect(errors).toEqual(["nafnet: bad.png: no picture"]);
    expect(terminal).toBe("");
  });

  it.each([true, false])("prints nothing with --json (terminal: %s)", async (value) => {
    pretendTerminal(value);
    await twoPictures(true);
    expect([out, errors, terminal]).toEqual([[], [], ""]);
  });

  it("draws a bar on a terminal and takes it away at the end", async () => {
    pretendTerminal(true);
    await twoPictures(false);
    expect(out).toEqual(["a.png -> b.png"]);
    expect(errors).toEqual(["nafnet: bad.png: no picture"]);
    expect(terminal).toContain("denoise [");
    expect(terminal).toContain("0/2");
    expect(terminal).toContain("37% | 0/2 | "); // half of 300 of 400 pixels
    expect(terminal).toContain("75% | 1/2 | "); // a picture of 300
    // Saved at each start and restored at each stop: once for the run and once for each line.
    expect(terminal.split("\x1b7")).toHaveLength(1 + 3);
    expect(terminal.split("\x1b8")).toHaveLength(1 + 3);
    expect(terminal.lastIndexOf("\x1b[?25h")).toBeGreaterThan(terminal.lastIndexOf("denoise ["));
  });
});

it.each([
  [1, "1 s"],
  [59_000, "59 s"],
  [59_001, "1 min"],
  [3_540_001, "1 h 0 min"],
  [7_800_000, "2 h 10 min"],
])("%d ms are %s", (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});
