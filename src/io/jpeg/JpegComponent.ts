/** One colour component of a frame and its sampling factors. */
export interface JpegComponent {
  readonly id: number;
  /** Horizontal sampling factor, 1-4. */
  readonly h: number;
  /** Vertical sampling factor, 1-4. */
  readonly v: number;
  /** Number of its quantisation table. */
  readonly table: number;
}
