/** The choice of the engine. No backend has been started before: the choice is the library's own. */

import { describe, expect, it, vi } from "vitest";
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
    expect(engine.detail).toMatch(
      /^tfjs-core \d+\.\d+\.\d+, backend (tensorflow|tensorflow on a GPU|wasm)$/,
    );
    expect(engine.detail.includes("tensorflow")).toBe(native);
    for (const reason of engine.skipped.values()) expect(reason).toMatch(/^[^\n]+$/);
  });

  it("says of each faster engine why it is not used", async () => {
    const engine = await selectEngine();
    for (const name of ENGINE_NAMES.slice(0, ENGINE_NAMES.indexOf(engine.name))) {
      expect(engine.skipped.get(name)).toMatch(/./);
    }
  });

  it("refuses an instruction set that nothing here has, and takes tfjs when asked to", async () => {
    vi.stubEnv("NAFNET_ISA", "avx1024");
    const error = await rejectionOf(selectEngine());
    expect((await selectEngine("tfjs")).name).toBe("tfjs");
    vi.unstubAllEnvs();
    const fused = await Promise.all([tryEngine("native"), tryEngine("wasm")]);
    const runs = fused.some((attempt) => "engine" in attempt);
    expect(error.code).toBe(runs ? "INVALID_ARGUMENT" : "ENGINE_UNAVAILABLE");
    if (runs) expect(error.message).toMatch(/Expected one of .+ for NAFNET_ISA/);
  });

  it("gives no engine that would ignore what was asked for", async () => {
    const error = await rejectionOf(selectEngine("tfjs", { precision: "bf16" }));
    expect(error.code).toBe("ENGINE_UNAVAILABLE");
    expect(error.message).toContain("float32; leave precision out");
  });

  it("tells what an attempt gave", async () => {
    const attempt = await tryEngine("tfjs");
    expect(attempt).toMatchObject({ name: "tfjs", engine: { name: "tfjs" } });
  });
});
