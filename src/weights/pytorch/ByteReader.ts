import { corruptCheckpoint } from "./checkpointErrors.ts";
import { MAX_LINE_BYTES } from "./checkpointLimits.ts";

const NEWLINE = 0x0a;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * A cursor over untrusted bytes that never reads past their end. It reads little-endian values one after another;
 * every method throws CHECKPOINT_CORRUPT where the bytes do not suffice.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  #position: number;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  /** Bytes from the start of the buffer. */
  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#advance(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  /** A 64-bit length or count; one that no double holds exactly is far past the end of any file. */
  uint64(): number {
    return Number(this.#bytes.readBigUInt64LE(this.#advance(8)));
  }

  /** Big-endian, as pickle's BINFLOAT has it. */
  float64BigEndian(): number {
    return this.#bytes.readDoubleBE(this.#advance(8));
  }

  /** The next `length` bytes, not copied. */
  bytes(length: number): Buffer {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    const start = this.#position;
    try {
      return utf8.decode(this.bytes(length));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // TextDecoder's error for bad UTF-8
      throw corruptCheckpoint(
        `Expected UTF-8 text at byte ${start}, but found other bytes.`,
        error,
      );
    }
  }

  /** Text up to the next line feed, which is skipped. */
  line(): string {
    const start = this.#position;
    const end = this.#bytes.subarray(start, start + MAX_LINE_BYTES).indexOf(NEWLINE);
    if (end < 0) {
      throw corruptCheckpoint(
        `Expected a line of at most ${MAX_LINE_BYTES} bytes at byte ${start}.`,
      );
    }
    const line = this.text(end);
    this.#advance(1);
    return line;
  }

  /** Moves past `length` bytes that must be there, and returns where they start. */
  #advance(length: number): number {
    if (length > this.remaining) {
      throw corruptCheckpoint(
        `Expected ${length} more bytes at byte ${this.#position}, but only ${this.remaining} are there: the file is truncated or damaged. Get it again.`,
      );
    }
    const start = this.#position;
    this.#position += length;
    return start;
  }
}
