import type { TaskOrAuto } from "../../restoration/tasks.ts";

/** The word that names of results get by default: `denoised`, `deblurred`, `inpainted`, `restored`. */
export function resultSuffix(task: TaskOrAuto): string {
  switch (task) {
    case "denoise":
      return "denoised";
    case "deblur":
      return "deblurred";
    case "inpaint":
      return "inpainted";
    case "auto":
      return "restored";
    default:
      return task satisfies never;
  }
}
