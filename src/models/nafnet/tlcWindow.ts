/**
 * TLC's window at a level of the U: it halves with the picture from level to level.
 *
 * @param tlcBase the window's side in pixels at the first level
 * @returns [height, width] in pixels of the level
 */
export function tlcWindow(tlcBase: number, level: number): readonly [number, number] {
  const side = Math.max(1, Math.floor(tlcBase / 2 ** level));
  return [side, side];
}
