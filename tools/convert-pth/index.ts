/**
 * Converts a PyTorch checkpoint as `nafnet convert` does, from a checkout, without building first.
 *
 *     npm run convert-pth -- IN.pth OUT_DIR [--float16]
 */

import { createProgram } from "../../src/cli/commandLine.ts";

await createProgram().parseAsync(["convert", ...process.argv.slice(2)], { from: "user" });
