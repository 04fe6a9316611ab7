/** What can be restored, and the weights that come with the package for it. */

import { fileURLToPath } from "node:url";
import { NafnetError } from "./errors.ts";

/** The tasks that there are. */
export const TASKS = ["denoise", "deblur", "inpaint"] as const;

/** What is to be done to a picture. */
export type Task = (typeof TASKS)[number];

/** @throws NafnetError `INVALID_ARGUMENT` */
export function checkTask(task: string): Task {
  const found = TASKS.find((candidate) => candidate === task);
  if (found === undefined) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected one of ${TASKS.join(", ")} for task but received ${JSON.stringify(task)}.`,
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
  return fileURLToPath(new URL(`../weights/${task}`, import.meta.url));
}
