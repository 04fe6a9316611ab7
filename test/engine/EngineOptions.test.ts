import { describe, expect, it } from "vitest";
import { checkEngineOptions, type EngineOptions } from "../../src/engine/EngineOptions.ts";
import { createRestorer } from "../../src/index.ts";
import { errorOf, rejectionOf } from "../support/errors.ts";

describe("options of an engine", () => {
  it.each<[EngineOptions]>([
    [{}],
    [{ threads: 1, maxMemoryBytes: 1, precision: "bf16", scratchFolder: "/tmp" }],
    [{ threads: 1024, maxMemoryBytes: Infinity, precision: "float32" }],
    [{ threads: undefined, maxMemoryBytes: undefined, precision: undefined }],
  ])("%j", (options) => {
    expect(() => checkEngineOptions(options)).not.toThrow();
  });

  it.each<[Record<string, unknown>, string]>([
    [{ threads: 0 }, "Expected integer 1–1024 for threads but received 0."],
    [{ threads: 1.5 }, "Expected integer 1–1024 for threads but received 1.5."],
    [{ threads: Number.NaN }, "Expected integer 1–1024 for threads but received NaN."],
    [{ threads: "2" }, 'Expected integer 1–1024 for threads but received "2".'],
    [
      { maxMemoryBytes: 0 },
      "Expected a number of bytes above 0 for maxMemoryBytes but received 0.",
    ],
    [
      { maxMemoryBytes: "2GiB" },
      'Expected a number of bytes above 0 for maxMemoryBytes but received "2GiB".',
    ],
    [{ precision: "fp8" }, 'Expected one of float32, bf16 for precision but received "fp8".'],
    [{ scratchFolder: "" }, 'Expected a folder for scratchFolder but received "".'],
  ])("not %j", async (options, message) => {
    const wrong = options as EngineOptions; // what a caller without TypeScript may pass
    expect(errorOf(() => checkEngineOptions(wrong))).toMatchObject({
      code: "INVALID_ARGUMENT",
      message,
    });
    expect((await rejectionOf(createRestorer("denoise", wrong))).message).toBe(message);
  });
});
