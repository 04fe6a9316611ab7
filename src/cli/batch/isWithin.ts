import { resolve, sep } from "node:path";

/** Whether a path is below a folder, by their names alone; links are not looked at. */
export function isWithin(path: string, folder: string): boolean {
  const base = resolve(folder);
  return resolve(path).startsWith(base.endsWith(sep) ? base : base + sep);
}
