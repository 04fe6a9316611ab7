import { throwIfAborted } from "../base/abort.ts";
import { type ImageSource, type ReadImage, readImage } from "../io/readImage.ts";
import { checkRestoreOptions, type RestoreOptions } from "./RestoreOptions.ts";

/**
 * The first step of every restoration: checks the options and reads the picture.
 *
 * @throws NafnetError `INVALID_ARGUMENT`, `INPUT_…`, `ABORTED`
 */
export async function readPicture(image: ImageSource, options: RestoreOptions): Promise<ReadImage> {
  const { maxPixels, onProgress, signal } = options;
  checkRestoreOptions(options);
  throwIfAborted(signal);
  onProgress?.({ phase: "load", fraction: 0 });
  const read = await readImage(image, { maxPixels, signal });
  throwIfAborted(signal);
  return read;
}
