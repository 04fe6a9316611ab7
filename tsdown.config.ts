import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: {
    index: "src/index.ts",
    layers: "src/layers/index.ts",
    cli: "src/cli/main.ts",
    "tfjs-node": "tools/tfjs-node/build.ts",
    "codec-worker": "src/io/worker/codecWorker.ts",
    "wasm-worker": "src/engine/fused/wasm/nodeWorker.ts",
    "wasm-browser-worker": "src/engine/fused/wasm/browserWorker.ts",
    "wasm-browser": "src/engine/fused/wasm/loadWasmInBrowser.ts",
  },
  format: "esm",
  platform: "node",
  target: "node20",
  // Programs and workers are not imported.
  dts: { entry: ["src/index.ts", "src/layers/index.ts"] },
  // dist/index.js, not .mjs: the package is "type": "module".
  fixedExtension: false,
});
export default config;
