/** TIFFs of any kind, valid or not, written by hand: TIFF 6.0, section 2, and BigTIFF. */

export interface TiffLayout {
  readonly bigEndian?: boolean;
  /** True for BigTIFF. */
  readonly big?: boolean;
}

export interface TiffParts {
  /** A text is ASCII, bytes are BYTE, numbers SHORT or, from 2 ** 16 on, LONG. */
  readonly tags: Readonly<Record<number, number | readonly number[] | string | Uint8Array>>;
  /** The only strip, or all of them, where the tags say so. */
  readonly pixels?: Uint8Array;
  /** Directories of its SubIFDs. */
  readonly children?: readonly TiffParts[];
}

/** An uncompressed picture of zeros, or of the given samples, which are written in the layout's byte order. */
export function tiffPage(
  [width, height]: readonly [number, number],
  tags: TiffParts["tags"] = {},
  pixels?: Uint8Array,
): TiffParts {
  const basic = { 256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1, 278: height };
  const all: TiffParts["tags"] = { ...basic, ...tags };
  const bits = [all[258]].flat()[0];
  const bytes = Math.ceil((width * Number(all[277]) * Number(bits)) / 8) * height;
  return { tags: all, pixels: pixels ?? new Uint8Array(bytes) };
}

/** A TIFF of pages, one after the other. */
export function makeTiff(
  pages: readonly TiffParts[],
  { bigEndian = false, big = false }: TiffLayout = {},
): Buffer {
  const word = big ? 8 : 4;
  let file = Buffer.alloc(0);
  const append = (bytes: Uint8Array): number => {
    const at = file.length;
    file = Buffer.concat([file, bytes, Buffer.alloc(bytes.length % 2)]);
    return at;
  };
  const put = (buffer: Buffer, value: number, at: number, bytes: number): void => {
    if (bytes === 8) {
      if (bigEndian) buffer.writeBigUInt64BE(BigInt(value), at);
      else buffer.writeBigUInt64LE(BigInt(value), at);
    } else if (bigEndian) buffer.writeUIntBE(value, at, bytes);
    else buffer.writeUIntLE(value, at, bytes);
  };
  const integers = (values: readonly number[], bytes: number): Buffer => {
    const buffer = Buffer.alloc(values.length * bytes);
    values.forEach((value, i) => {
      put(buffer, value, i * bytes, bytes);
    });
    return buffer;
  };
  const encoded = (value: TiffParts["tags"][number]): [type: number, count: number, Buffer] => {
    if (typeof value === "string") return [2, value.length + 1, Buffer.from(`${value}\0`)];
    if (value instanceof Uint8Array) return [1, value.length, Buffer.from(value)];
    const values = typeof value === "number" ? [value] : value;
    const isShort = values.every((each) => each < 2 ** 16);
    return [isShort ? 3 : 4, values.length, integers(values, isShort ? 2 : 4)];
  };
  const writeDirectory = ({ tags, pixels, children = [] }: TiffParts): number => {
    const strip = pixels === undefined ? {} : { 273: append(pixels), 279: pixels.length };
    const all: Record<number, TiffParts["tags"][number]> = { ...strip, ...tags };
    if (children.length > 0) all[330] = children.map(writeDirectory);
    const numbers = Object.keys(all).map(Number); // in ascending order, as integers are
    const directory = Buffer.alloc((big ? 8 : 2) + numbers.length * (big ? 20 : 12) + word);
    put(directory, numbers.length, 0, big ? 8 : 2);
    numbers.forEach((tag, i) => {
      const at = (big ? 8 : 2) + i * (big ? 20 : 12);
      const [type, count, value] = encoded(all[tag] ?? 0);
      put(directory, tag, at, 2);
      put(directory, type, at + 2, 2);
      put(directory, count, at + 4, word);
      if (value.length > word) put(directory, append(value), at + 4 + word, word);
      else value.copy(directory, at + 4 + word);
    });
    return append(directory);
  };
  const header = Buffer.alloc(big ? 16 : 8);
  header.write(bigEndian ? "MM" : "II", "latin1");
  put(header, big ? 43 : 42, 2, 2);
  if (big) put(header, 8, 4, 2);
  append(header);
  let link = word; // where the next directory's offset goes
  for (const page of pages) {
    const at = writeDirectory(page);
    put(file, at, link, word);
    link = file.length - word;
  }
  return file;
}
