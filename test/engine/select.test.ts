/** Which engine is chosen. No backend has been started before: the choice is the library's own. */

import { describe, expect, it } from "vitest";
import { ENGINE_NAMES } from "../../src/engine/Engine.ts";
import { selectEngine, tryEngine } from "../../src/engine/select.ts";
import { rejectionOf } from "../support/errors.ts";

describe("selectEngine", () => {
  it.each(["gpu", "", "TFJS", "__proto__", "tfjs "])("refuses the name %j", async (name) => {
    const error = await rejectionOf(selectEngine(name));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toBe(
      `Expected one of ${ENGINE_NAMES.join(", ")} for engine but received ${JSON.stringify(name)}.`,
    );
  });

  it("gives one that runs here when none is asked for", async () => {
    const engine = await selectEngine();
    expect(ENGINE_NAMES).toContain(engine.name);
  });

  it("gives tfjs on the fastest backend that is installed", async () => {
    const engine = await selectEngine("tfjs");
    expect(engine.name).toBe("tfjs");
    const native = !engine.skipped.has("@tensorflow/tfjs-node");
    expect(engine.detail).toMatch(/^tfjs-core \d+\.\d+\.\d+, backend (tensorflow|wasm)$/);
    expect(engine.detail.endsWith("tensorflow")).toBe(native);
    for (const reason of engine.skipped.values()) expect(reason).toMatch(/^[^\n]+$/);
  });

  it("tells what an attempt gave", async () => {
    const attempt = await tryEngine("tfjs");
    expect(attempt).toMatchObject({ name: "tfjs", engine: { name: "tfjs" } });
  });
});
