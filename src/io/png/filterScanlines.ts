import { type PAETH, paeth } from "./paeth.ts";

/**
 * Puts a filter's byte before each row, and with Paeth takes its prediction from each byte.
 * PNG third edition, section 9.2.
 *
 * @param pixels rows of `rowBytes`, samples of 16 bits high byte first
 * @param step bytes from one to its like in the pixel to the left
 * @param filter 0 to leave the bytes as they are
 */
export function filterScanlines(
  pixels: Uint8Array,
  rowBytes: number,
  step: number,
  filter: 0 | typeof PAETH,
): Uint8Array {
  const rows = pixels.length / rowBytes;
  const lines = new Uint8Array(rows * (1 + rowBytes));
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let y = 0; y < rows; y++) {
    const row = pixels.subarray(y * rowBytes, (y + 1) * rowBytes);
    const start = y * (1 + rowBytes);
    const line = lines.subarray(start + 1, start + 1 + rowBytes);
    lines[start] = filter;
    if (filter === 0) line.set(row);
    else filterByPaeth(row, above, step, line);
    above = row;
  }
  return lines;
}

function filterByPaeth(row: Uint8Array, above: Uint8Array, step: number, line: Uint8Array): void {
  // Left of the first pixel there are zeros, so that the byte above is the nearest.
  for (let at = 0; at < step; at++) line[at] = row[at]! - above[at]!;
  for (let at = step; at < row.length; at++) {
    line[at] = row[at]! - paeth(row[at - step]!, above[at]!, above[at - step]!);
  }
}
