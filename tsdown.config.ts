import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: {
    index: "src/index.ts",
    layers: "src/layers/index.ts",
    cli: "src/cli/main.ts",
    "tfjs-node": "tools/tfjs-node/build.ts",
  },
  format: "esm",
  platform: "node",
  target: "node20",
  dts: true,
  // dist/index.js, not .mjs: the package is "type": "module".
  fixedExtension: false,
});
export default config;
