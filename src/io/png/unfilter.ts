import { PAETH, paeth } from "./paeth.ts";

/**
 * Undoes a scanline's filter in place. PNG third edition, section 9.2.
 *
 * @param filter the scanline's first byte
 * @param row the scanline's other bytes
 * @param prior the row above, unfiltered; zeros above the first
 * @param step bytes from a byte to the one that corresponds to it in the pixel to the left; 1 below 8 bits
 * @returns false for a filter that PNG does not have
 */
export function unfilter(
  filter: number,
  row: Uint8Array,
  prior: Uint8Array,
  step: number,
): boolean {
  const length = row.length;
  const start = Math.min(step, length); // the bytes before it have no left neighbour
  switch (filter) {
    case 0:
      return true;
    case 1:
      for (let at = start; at < length; at++) row[at] = row[at]! + row[at - step]!;
      return true;
    case 2:
      for (let at = 0; at < length; at++) row[at] = row[at]! + prior[at]!;
      return true;
    case 3:
      for (let at = 0; at < start; at++) row[at] = row[at]! + (prior[at]! >> 1);
      for (let at = start; at < length; at++) {
        row[at] = row[at]! + ((row[at - step]! + prior[at]!) >> 1);
      }
      return true;
    case PAETH:
      for (let at = 0; at < start; at++) row[at] = row[at]! + prior[at]!;
      for (let at = start; at < length; at++) {
        row[at] = row[at]! + paeth(row[at - step]!, prior[at]!, prior[at - step]!);
      }
      return true;
    default:
      return false;
  }
}
