/** What can be restored, and the weights that come with the package for it. */

import { join } from "node:path";
import { NafnetError } from "../base/errors.ts";
import { PACKAGE_ROOT } from "../base/packageRoot.ts";

/** The tasks that there are. */
export const TASKS = ["denoise", "deblur", "inpaint"] as const;

/** What is to be done to a picture. */
export type Task = (typeof TASKS)[number];

/** A task, or `"auto"`: what each picture needs is measured, see `Analysis`. */
export type TaskOrAuto = Task | "auto";

/** @throws NafnetError `INVALID_ARGUMENT` */
export function checkTask(task: string): TaskOrAuto {
  const found = ([...TASKS, "auto"] as const).find((candidate) => candidate === task);
  if (found === undefined) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected one of ${TASKS.join(", ")}, auto for task but received ${JSON.stringify(task)}.`,
    );
  }
  return found;
}

/**
 * The folder of the default weights.
 *
 * @throws NafnetError `WEIGHTS_MISSING` for inpaint, which has none yet
 */
export function defaultWeights(task: Task): string {
  if (task === "inpaint") {
    throw new NafnetError(
      "WEIGHTS_MISSING",
      "There are no default weights for inpaint yet; give a folder or .pth checkpoint of a network with 4 input channels as weights.",
    );
  }
  return join(PACKAGE_ROOT, "weights", task);
}
