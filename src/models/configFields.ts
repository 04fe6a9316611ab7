/** Checks of a configuration's fields, as model.json may have them. */

/** Whether a value is an integer from `least` on. */
export function isInteger(value: unknown, least: number): value is number {
  return Number.isInteger(value) && Number(value) >= least;
}

/** Whether a value is a list of such integers, at least one. */
export function isListOfIntegers(value: unknown, least: number): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isInteger(item, least));
}
