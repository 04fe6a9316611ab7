/**
 * A PNG's scanlines, inflated and unfiltered one after the other.
 * PNG third edition: https://www.w3.org/TR/png-3/ (7.2 scanlines, 9 filtering, 10 compression)
 */
import { createInflate } from "node:zlib";
import { messageOf, NafnetError } from "../../base/errors.ts";
import type { InterlacePass } from "./interlacePasses.ts";
import type { PngHeader } from "./readPngHeader.ts";
import { unfilter } from "./unfilter.ts";

/** Bytes inflated at a time, by zlib's thread, while this one unfilters those before them. */
const CHUNK_BYTES = 2 ** 18;
/** The least that zlib takes. */
const MIN_CHUNK_BYTES = 64;

/**
 * Bytes after the last scanline that are passed over, or as many as the scanlines are. Some writers leave a row
 * too many, and other readers never look; more than this is a zip bomb.
 */
const MIN_SURPLUS_BYTES = 2 ** 20;

/** Takes a row of a pass: its bytes, good until the function returns, and its number. */
export type UseRow = (row: Uint8Array, pass: InterlacePass, index: number) => void;

/**
 * Inflates the IDAT chunks and gives away each scanline with its filter undone. Only when all is done have the
 * scanlines been held to zlib's checksum. A wrong one is an error, as for libpng 1.6.39, Pillow and sharp.
 *
 * @param name the picture's name for messages
 * @returns the bytes after the last scanline
 * @throws NafnetError INPUT_CORRUPT or INPUT_TOO_LARGE
 */
export async function readScanlines(
  header: PngHeader,
  name: string,
  useRow: UseRow,
): Promise<number> {
  const { rawBytes, idat, cutAt } = header;
  const corrupt = (what: string, cause?: unknown) =>
    new NafnetError("INPUT_CORRUPT", `${name}: PNG ${what}`, cause);
  const most = rawBytes + Math.max(rawBytes, MIN_SURPLUS_BYTES);
  const chunkSize = Math.max(MIN_CHUNK_BYTES, Math.min(rawBytes + 1, CHUNK_BYTES));
  // All that may fail for want of memory comes before the stream, whose errors must not go unheard.
  const lines = new ScanlineAssembler(header, useRow);
  const packed = idat.length === 1 ? idat[0] : Buffer.concat(idat);
  const stream = createInflate({ chunkSize });
  stream.end(packed);
  let inflated = 0;
  try {
    for await (const bytes of stream as AsyncIterable<Uint8Array>) {
      inflated += bytes.length;
      if (inflated > most) {
        throw corrupt(`has more than ${most} bytes of scanlines, expected ${rawBytes}`);
      }
      const badFilter = lines.add(bytes);
      if (badFilter !== undefined) {
        throw corrupt(`has a scanline of filter ${badFilter}, expected 0-4: damaged`);
      }
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "Z_MEM_ERROR") {
      const advice = "not enough memory to inflate this PNG; scale it down";
      throw new NafnetError("INPUT_TOO_LARGE", `${name}: ${advice}`, error);
    }
    if (!code.startsWith("Z_")) throw error; // not zlib's
    throw corrupt(zlibProblem(code, messageOf(error), cutAt), error);
  }
  if (inflated < rawBytes) {
    throw corrupt(`has ${inflated} bytes of scanlines, expected ${rawBytes}: truncated or damaged`);
  }
  return inflated - rawBytes;
}

/** What an error of zlib means for the picture. */
function zlibProblem(code: string, message: string, cutAt: number | undefined): string {
  if (code === "Z_BUF_ERROR") {
    return cutAt === undefined
      ? "pixels end too early: truncated"
      : `is cut off within its pixels, in the chunk at byte ${cutAt}: truncated`;
  }
  if (message === "incorrect data check") {
    return "pixels do not match their checksum (Adler-32): damaged";
  }
  return "pixels are compressed wrongly: damaged";
}

/** Puts scanlines together from pieces of any length. */
class ScanlineAssembler {
  readonly #useRow: UseRow;
  readonly #rows: Iterator<readonly [pass: InterlacePass, index: number], undefined>;
  /** Bytes from one to its like in the pixel to the left. */
  readonly #step: number;
  /** The scanline that grows, its filter first, and the one above it. */
  #line: Uint8Array;
  #above: Uint8Array;
  #filled = 0;
  /** The row that grows; undefined after the last. */
  #row: readonly [pass: InterlacePass, index: number] | undefined;

  constructor({ passes, bitsPerPixel }: PngHeader, useRow: UseRow) {
    const longest = 1 + Math.max(...passes.map(({ rowBytes }) => rowBytes));
    this.#line = new Uint8Array(longest);
    this.#above = new Uint8Array(longest);
    this.#step = Math.ceil(bitsPerPixel / 8);
    this.#useRow = useRow;
    this.#rows = rowsOf(passes);
    this.#row = this.#rows.next().value;
  }

  /**
   * Takes the next bytes; those after the last scanline are passed over.
   *
   * @returns the filter of a scanline, if it is one that PNG does not have; then there is nothing to go on with
   */
  add(bytes: Uint8Array): number | undefined {
    for (let at = 0; at < bytes.length && this.#row !== undefined; ) {
      const [pass, index] = this.#row;
      const end = 1 + pass.rowBytes;
      const piece = bytes.subarray(at, at + end - this.#filled);
      this.#line.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled < end) return undefined;
      if (index === 0) this.#above.fill(0);
      const row = this.#line.subarray(1, end);
      const filter = this.#line[0]!;
      if (!unfilter(filter, row, this.#above.subarray(1, end), this.#step)) return filter;
      this.#useRow(row, pass, index);
      [this.#line, this.#above] = [this.#above, this.#line];
      this.#filled = 0;
      this.#row = this.#rows.next().value;
    }
    return undefined;
  }
}

function* rowsOf(
  passes: readonly InterlacePass[],
): Generator<readonly [pass: InterlacePass, index: number], undefined> {
  for (const pass of passes) {
    for (let index = 0; index < pass.rows; index++) yield [pass, index];
  }
  return undefined;
}
