/** Width and height as they are in the file: the orientation is not applied. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Reads a part of a file, so that a size can be found without the whole of it.
 *
 * @param position offset in the file
 * @returns as many bytes as are wanted; fewer at the end of the file
 */
export type ReadBytes = (position: number, length: number) => Promise<Uint8Array>;
