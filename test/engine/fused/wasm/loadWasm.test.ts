/** The WebAssembly engine: its two modules, in Node and as a browser would load it. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { packageRoot } from "../../../../src/base/packageRoot.ts";
import type { FusedModule, RunRequest } from "../../../../src/engine/fused/FusedModule.ts";
import { loadWasm } from "../../../../src/engine/fused/wasm/loadWasm.ts";
import { nodePlatform } from "../../../../src/engine/fused/wasm/nodePlatform.ts";
import { runLimitBytes } from "../../../../src/engine/fused/wasm/wasmMemory.ts";
import { wasmModule } from "../../../../src/engine/fused/wasm/wasmModule.ts";
import { lowerToProgram } from "../../../../src/graph/lowerToProgram.ts";
import { rejectionOf } from "../../../support/errors.ts";
import { imageOf, networkOf, TINY_SCA, weightMapOf } from "../../../support/networks.ts";

const dist = join(packageRoot("ENGINE_UNAVAILABLE"), "dist");
const network = networkOf(TINY_SCA);
const program = lowerToProgram(network.graph({ tlcBase: null }), weightMapOf(network));
const image = imageOf(67, 41, 3);

function newRun(options: Partial<RunRequest> = {}): RunRequest {
  const { width, height, data } = image;
  const unlimited = { maxMemoryBytes: Number.POSITIVE_INFINITY, scratchFolder: null };
  const untouched = { onProgress: () => undefined, signal: undefined };
  return { input: data, width, height, ...unlimited, ...untouched, ...options };
}

async function outputOf(module: FusedModule, threads: number): Promise<Float32Array> {
  const options = { isa: "simd128", precision: "float32", threads } as const;
  const plan = await module.createPlan(program, options);
  try {
    const outcome = await plan.run(newRun());
    if (outcome.status !== "ok") throw new Error(outcome.message);
    return outcome.output;
  } finally {
    plan.dispose();
  }
}

describe("loadWasm", () => {
  it("runs the same on one thread and on two", async () => {
    const module = await loadWasm();
    expect(module.isas).toEqual(["simd128"]);
    const one = await outputOf(module, 1);
    expect(one.some((value) => value !== 0)).toBe(true);
    expect(await outputOf(module, 2)).toEqual(one);
  });

  it.each([1, 2])("ends a run on %i threads when the caller's progress throws", async (threads) => {
    const module = await loadWasm();
    const options = { isa: "simd128", precision: "float32", threads } as const;
    const plan = await module.createPlan(program, options);
    const failing = newRun({
      onProgress: () => {
        throw new Error("no more");
      },
    });
    await expect(plan.run(failing)).rejects.toThrow("no more");
    expect((await plan.run(newRun())).status).toBe("ok");
    plan.dispose();
  });

  describe("without shared memory", () => {
    const loadUnshared = () => wasmModule({ ...nodePlatform, sharesMemory: false });
    const options = { isa: "simd128", precision: "float32", threads: 2 } as const;

    it("gives the caller what its progress throws, and runs again", async () => {
      const plan = await (await loadUnshared()).createPlan(program, options);
      const mine = new RangeError("mine");
      const failing = newRun({
        onProgress: () => {
          throw mine;
        },
      });
      await expect(plan.run(failing)).rejects.toBe(mine);
      expect((await plan.run(newRun())).status).toBe("ok");
      plan.dispose();
    });

    it("ends a run when the signal fires, also while its workers are started, and runs again", async () => {
      const plan = await (await loadUnshared()).createPlan(program, options);
      const atWork = new AbortController();
      const first = plan.run(
        newRun({ signal: atWork.signal, onProgress: () => atWork.abort("enough") }),
      );
      expect((await first).status).toBe("aborted");
      const starting = new AbortController();
      const second = plan.run(newRun({ signal: starting.signal }));
      starting.abort("enough");
      expect((await second).status).toBe("aborted");
      expect((await plan.run(newRun())).status).toBe("ok");
      plan.dispose();
    });
  });

  it("makes its workers again after it has let them go", async () => {
    const module = await loadWasm();
    const options = { isa: "simd128", precision: "float32", threads: 2 } as const;
    const plan = await module.createPlan(program, options);
    const first = await plan.run(newRun());
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const second = await plan.run(newRun());
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    expect(await plan.run(newRun())).toEqual(first);
    expect(second).toEqual(first);
    plan.dispose();
  });

  it("makes its workers again after one has ended by itself", async () => {
    let fail: (error: Error) => void = () => undefined;
    const startWorker = () => {
      const worker = nodePlatform.startWorker();
      const listen: typeof worker.listen = (onReply, onFailure) => {
        fail = onFailure;
        worker.listen(onReply, onFailure);
      };
      return { ...worker, listen };
    };
    const module = await wasmModule({ ...nodePlatform, startWorker });
    const options = { isa: "simd128", precision: "float32", threads: 2 } as const;
    const plan = await module.createPlan(program, options);
    const first = await plan.run(newRun());
    fail(new Error("gone"));
    expect(await plan.run(newRun())).toEqual(first);
    plan.dispose();
  });

  it("ends the workers that there are where one more cannot be started", async () => {
    let [started, ended] = [0, 0];
    const startWorker = () => {
      if (started === 2) throw new Error("no more threads");
      started++;
      const worker = nodePlatform.startWorker();
      const terminate = () => {
        ended++;
        worker.terminate();
      };
      return { ...worker, terminate };
    };
    const module = await wasmModule({ ...nodePlatform, startWorker });
    const options = { isa: "simd128", precision: "float32", threads: 3 } as const;
    await expect(module.createPlan(program, options)).rejects.toThrow("no more threads");
    expect([started, ended]).toEqual([2, 2]);
  });

  it("says what to do where its module cannot be read", async () => {
    const platform = { ...nodePlatform, readModule: () => Promise.reject(new Error("ENOENT")) };
    const error = await rejectionOf(wasmModule(platform));
    expect(error.code).toBe("ENGINE_UNAVAILABLE");
    expect(error.message).toMatch(/nafnet\.wasm cannot be read: reinstall .* npm run build/);
  });

  it("keeps room for input and output in the memory", () => {
    const pages = 65_536;
    expect(runLimitBytes(pages, 3e6, 1e9)).toBe(1e9);
    expect(runLimitBytes(pages, 3e6, Number.POSITIVE_INFINITY)).toBeLessThan(2 ** 32 - 24e6);
    expect(runLimitBytes(pages, 1e9, Number.POSITIVE_INFINITY)).toBe(1);
  });
});

describe("the build for browsers", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each(["wasm-browser.js", "wasm-browser-worker.js"])(
    "%s imports nothing of Node",
    async (file) => {
      const seen = new Map<string, string>();
      await readWithImports(file, seen);
      for (const [name, source] of seen) {
        expect(source, name).not.toMatch(/["']node:|\brequire\(|\bprocess\.|\bBuffer\b/);
      }
    },
  );

  it.each([
    ["one thread where the page is not isolated", false],
    ["threads where it is", true],
  ])("runs with Web Workers: %s", async (_, crossOriginIsolated) => {
    vi.stubGlobal("crossOriginIsolated", crossOriginIsolated);
    vi.stubGlobal("Worker", WebWorker);
    vi.stubGlobal("fetch", async (url: URL) => new Response(await readFile(url)));
    WebWorker.started = 0;
    const url = `${pathToFileURL(join(dist, "wasm-browser.js"))}?${crossOriginIsolated}`;
    const { loadWasm: load } = (await import(url)) as { loadWasm: typeof loadWasm };
    const output = await outputOf(await load(), 2);
    expect(output).toEqual(await outputOf(await loadWasm(), 1));
    expect(WebWorker.started).toBe(crossOriginIsolated ? 2 : 1);
  });
});

/** A browser's Worker on Node's. */
class WebWorker {
  static started = 0;
  private readonly worker: Worker;

  constructor(url: URL) {
    WebWorker.started++;
    const bootstrap = `
      const { parentPort } = require("node:worker_threads");
      globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
      globalThis.addEventListener = (type, listener) => {
        if (type === "message") parentPort.on("message", (data) => listener({ data }));
      };
      import(${JSON.stringify(url.href.replace(/\?.*/, ""))});`;
    this.worker = new Worker(bootstrap, { eval: true, execArgv: [] });
  }

  postMessage(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  addEventListener(type: string, listener: (event: object) => void): void {
    if (type === "message") this.worker.on("message", (data) => listener({ data }));
    else this.worker.on("error", ({ message }: Error) => listener({ message }));
  }

  terminate(): void {
    this.worker.terminate();
  }
}

/** A built file and what it imports. */
async function readWithImports(file: string, seen: Map<string, string>): Promise<void> {
  if (seen.has(file)) return;
  const source = await readFile(join(dist, file), "utf8");
  seen.set(file, source);
  for (const [, specifier = ""] of source.matchAll(/\b(?:from|import)\s*\(?"([^"]+)"/g)) {
    expect(specifier, `imported by ${file}`).toMatch(/^\.\//);
    await readWithImports(specifier.slice(2), seen);
  }
}
