/**
 * Before all tests: what they run beside the sources (the binding, the wasm modules, dist/) is built from them.
 * NAFNET_AS_BUILT=1 takes what is there, while the core is being worked on.
 */

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export default function build(): void {
  if (process.env.NAFNET_AS_BUILT) return;
  const tsx = createRequire(import.meta.url).resolve("tsx/cli");
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, "tools/build/build.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The build failed.\n${stdout}${stderr}`);
}
