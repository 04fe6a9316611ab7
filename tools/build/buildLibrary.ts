/** dist/: the library, the command and the workers, by tsdown. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { run } from "../tfjs-node/run.ts";
import { ROOT } from "./sources.ts";
import { unlessUpToDate } from "./stamp.ts";

/** @returns whether it was built rather than up to date */
export function buildLibrary(): Promise<boolean> {
  const manifest = createRequire(import.meta.url).resolve("tsdown/package.json");
  return unlessUpToDate(
    "build/library.stamp",
    ["src", "tools/tfjs-node", "package.json", "tsdown.config.ts", "tsconfig.json"],
    [],
    [
      ...["dist/index.js", "dist/index.d.ts", "dist/layers.js", "dist/cli.js"],
      ...["dist/wasm-worker.js", "dist/codec-worker.js"],
    ],
    async () => {
      const program = join(dirname(manifest), "dist", "run.mjs");
      await run(process.execPath, [program, "--logLevel", "warn"], { cwd: ROOT });
    },
  );
}
