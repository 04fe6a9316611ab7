/** Luminance by the weights of Rec. 601, in the unit of the values. */
export function luminance(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}
