import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { index: "src/index.ts", layers: "src/layers.ts", cli: "src/cli/main.ts" },
  format: "esm",
  platform: "node",
  target: "node20",
  dts: true,
  // dist/index.js, not .mjs: the package is "type": "module".
  fixedExtension: false,
});
