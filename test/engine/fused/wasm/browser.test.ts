/** The WebAssembly engine in a real browser, one that is installed: its threads are Web Workers there. */

import { spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../../../src/base/packageRoot.ts";
import { loadWasm } from "../../../../src/engine/fused/wasm/loadWasm.ts";
import { lowerToProgram } from "../../../../src/graph/lowerToProgram.ts";
import { useFolders } from "../../../support/folders.ts";
import { imageOf, networkOf, TINY_SCA, weightMapOf } from "../../../support/networks.ts";

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];
const browser = BROWSERS.find((name) => spawnSync(name, ["--version"]).status === 0);

const network = networkOf(TINY_SCA);
const program = lowerToProgram(network.graph({ tlcBase: null }), weightMapOf(network));
const { width, height, data } = imageOf(67, 41, 3);

/** A page that runs the picture and sends back the result. */
const PAGE = `<!doctype html><script type="module">
  const report = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
  try {
    const { loadWasm } = await import("/wasm-browser.js");
    const module = await loadWasm();
    const numbers = async (name, Type) => new Type(await (await fetch(name)).arrayBuffer());
    const program = {
      code: await numbers("/code", Int32Array),
      weights: await numbers("/weights", Float32Array),
      flopsPerPixel: await numbers("/flopsPerPixel", Float64Array),
    };
    const input = await numbers("/input", Float32Array);
    const threads = Number(new URLSearchParams(location.search).get("threads"));
    const plan = await module.createPlan(program, { isa: "simd128", precision: "float32", threads });
    const outcome = await plan.run({ input, width: ${width}, height: ${height}, maxMemoryBytes: Infinity,
      scratchFolder: null, onProgress: () => undefined, signal: undefined });
    await report({ isIsolated: crossOriginIsolated, status: outcome.status, output: [...outcome.output] });
  } catch (error) {
    await report({ error: String(error) });
  }
</script>`;

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  wasm: "application/wasm",
};

const newFolder = useFolders();

describe.skipIf(browser === undefined)("the engine in a browser (skipped without Chromium)", () => {
  let server: Server;
  let origin: string;
  let tell: (result: string) => void = () => undefined;

  beforeAll(async () => {
    const bytesOf = (values: Int32Array | Float32Array | Float64Array) =>
      Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const made: Readonly<Record<string, Buffer | string>> = {
      "/": PAGE,
      "/code": bytesOf(program.code),
      "/weights": bytesOf(program.weights),
      "/flopsPerPixel": bytesOf(program.flopsPerPixel),
      "/input": bytesOf(data),
    };
    server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://localhost");
      if (pathname === "/result") {
        tell(await text(request));
        response.end();
        return;
      }
      // Both are what a page needs to share memory with its workers.
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
      const type = TYPES[pathname.split(".").at(-1) ?? ""];
      response.setHeader("Content-Type", type ?? "text/html");
      const body =
        made[pathname] ??
        (await readFile(join(packageRoot("ENGINE_UNAVAILABLE"), "dist", pathname)).catch(
          () => undefined,
        ));
      if (body === undefined) response.statusCode = 404;
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it.each([1, 2])("gives the same bits as in Node, on %i threads", async (threads) => {
    const profile = await newFolder();
    const result = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const child = spawn(
      browser ?? "",
      [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        `--user-data-dir=${profile}`,
        `${origin}/?threads=${threads}`,
      ],
      { stdio: "ignore", detached: true },
    );
    try {
      const { error, isIsolated, status, output } = JSON.parse(await result);
      expect(error).toBeUndefined();
      expect({ isIsolated, status }).toEqual({ isIsolated: true, status: "ok" });
      const module = await loadWasm();
      const plan = await module.createPlan(program, {
        isa: "simd128",
        precision: "float32",
        threads: 1,
      });
      const outcome = await plan.run({
        ...{
          input: data,
          width,
          height,
          maxMemoryBytes: Number.POSITIVE_INFINITY,
          scratchFolder: null,
        },
        ...{ onProgress: () => undefined, signal: undefined },
      });
      plan.dispose();
      expect(outcome.status === "ok" && [...outcome.output]).toEqual(output);
    } finally {
      // The browser is a family of processes: all of its group.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }
  });
});
