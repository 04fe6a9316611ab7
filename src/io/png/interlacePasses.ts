/** A part of a PNG's pixels that is stored as a picture of its own: all of them, or a pass of Adam7. */
export interface InterlacePass {
  /** The first pixel's place in the picture. */
  readonly x: number;
  readonly y: number;
  /** Pixels of the picture from one of the pass to the next. */
  readonly dx: number;
  readonly dy: number;
  /** The pass's own size, at least 1x1. */
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a row, without its filter's. */
  readonly rowBytes: number;
}

/** Start and step of the seven passes of Adam7: x, y, dx, dy. PNG third edition, section 8.2. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const WHOLE = [[0, 0, 1, 1]] as const;

/**
 * The passes in the order of the file, without those that have no pixels in so small a picture: such
 * a pass has no bytes at all.
 *
 * @param bitsPerPixel of the file's samples
 */
export function interlacePasses(
  width: number,
  height: number,
  bitsPerPixel: number,
  interlaced: boolean,
): InterlacePass[] {
  const passes: InterlacePass[] = [];
  for (const [x, y, dx, dy] of interlaced ? ADAM7 : WHOLE) {
    const columns = Math.ceil(Math.max(width - x, 0) / dx);
    const rows = Math.ceil(Math.max(height - y, 0) / dy);
    if (columns === 0 || rows === 0) continue;
    passes.push({ x, y, dx, dy, columns, rows, rowBytes: Math.ceil((columns * bitsPerPixel) / 8) });
  }
  return passes;
}
