/** The tasks, and the weights that come with the package for them. */

import { join } from "node:path";
import { invalidArgument, NafnetError, quoted } from "../base/errors.ts";
import { packageRoot } from "../base/packageRoot.ts";

/** All tasks. */
export const TASKS = ["denoise", "deblur", "inpaint"] as const;

/** A kind of restoration. */
export type Task = (typeof TASKS)[number];

/** A task, or `"auto"`, which measures each picture and chooses, see `Analysis`. */
export type TaskOrAuto = Task | "auto";

/** @throws NafnetError `INVALID_ARGUMENT` */
export function checkTask(task: string): TaskOrAuto {
  const found = ([...TASKS, "auto"] as const).find((candidate) => candidate === task);
  if (found === undefined) {
    throw invalidArgument("task", `one of ${TASKS.join(", ")}, auto`, quoted(task));
  }
  return found;
}

/**
 * The folder of the default weights.
 *
 * @throws NafnetError `WEIGHTS_MISSING` for inpaint, which has none yet, and in a bundle without the package's files
 */
export function defaultWeights(task: Task): string {
  if (task === "inpaint") {
    throw new NafnetError(
      "WEIGHTS_MISSING",
      "There are no default weights for inpaint yet; give a folder or .pth checkpoint of a network with 4 input channels as weights.",
    );
  }
  return join(packageRoot("WEIGHTS_MISSING"), "weights", task);
}
