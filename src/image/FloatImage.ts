/** A picture as the network sees it: values 0–1, rows top to bottom, channels interleaved. */
export interface FloatImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** height · width · channels values. */
  readonly data: Float32Array;
}
