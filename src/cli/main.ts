#!/usr/bin/env node
/** The `nafnet` command. What a command needs is imported when it runs, so that `--help` is instant. */

import { CommanderError } from "commander";
import { NafnetError } from "../base/errors.ts";
import { createProgram } from "./commandLine.ts";
import { EXIT } from "./exit.ts";

// TensorFlow's library greets with its build options on standard error, the GPU's with three errors that are none
// ("Unable to register cuDNN factory"), unless told not to. What a run fails of is thrown, besides.
process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";

// Whoever read the lines may go, as `| head -1` does: the pictures are restored all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(error instanceof NafnetError)) throw error; // a defect: the stack is wanted
  console.error(`nafnet: ${error.message} (${error.code})`);
  return error.code === "INVALID_ARGUMENT" ? EXIT.usage : EXIT.failed;
}
