/** Mutations that a fuzzer makes to a file, whatever is in it. */

/** The ways of {@link mutation}. */
export const MUTATIONS = 6;

/**
 * Changes a file at a place.
 *
 * @param file changed in place, where its length stays
 * @param way an integer from 0 to MUTATIONS − 1
 * @param length bytes to take out, repeat or copy
 * @param next numbers from 0 to 1
 */
export function mutation(
  file: Buffer,
  way: number,
  at: number,
  length: number,
  next: () => number,
): Buffer {
  switch (way) {
    case 0: // a bit
      file[at] = (file[at] ?? 0) ^ (1 << Math.floor(next() * 8));
      return file;
    case 1: // a byte
      file[at] = Math.floor(next() * 256);
      return file;
    case 2: // cut off
      return file.subarray(0, at);
    case 3: // taken out
      return Buffer.concat([file.subarray(0, at), file.subarray(at + length)]);
    case 4: // repeated
      return Buffer.concat([file.subarray(0, at + length), file.subarray(at)]);
    case 5: {
      // copied from elsewhere in the file
      const from = Math.floor(next() * file.length);
      file.copy(file, at, from, Math.min(from + length, file.length));
      return file;
    }
    default:
      throw new Error(`Expected a way below ${MUTATIONS} but received ${way}.`);
  }
}
