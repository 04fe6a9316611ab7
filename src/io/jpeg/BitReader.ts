import { type HuffmanTable, MAX_CODE_BITS } from "./HuffmanTable.ts";

/** The reason why a scan's data do not go on. */
export class ScanDamage extends Error {}

/** Reads the bits of a scan's entropy-coded data up to a marker. ITU-T T.81, F.2.2.5. */
export class BitReader {
  private readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  private at: number;
  /** Bits that were read of the bytes but not used yet, the last ones of the number. */
  private buffer = 0;
  private count = 0;

  /** @param from offset of the data */
  constructor(bytes: Uint8Array, from: number) {
    this.bytes = bytes;
    this.at = from;
  }

  /** @throws ScanDamage where no code of the table begins so */
  symbol(table: HuffmanTable): number {
    if (this.count < MAX_CODE_BITS) this.fill();
    const { count } = this;
    // Past the data there are zeros, whose use `skip` does not allow.
    const ahead =
      count >= MAX_CODE_BITS
        ? this.buffer >>> (count - MAX_CODE_BITS)
        : this.buffer << (MAX_CODE_BITS - count);
    const found = table.find(ahead & 0xffff);
    if (found === 0) {
      throw new ScanDamage(count < MAX_CODE_BITS ? "its data end" : "it has an invalid code");
    }
    this.skip(found >> 8);
    return found & 0xff;
  }

  /** @param length 16 at most */
  bits(length: number): number {
    this.skip(length);
    return (this.buffer >>> this.count) & ((1 << length) - 1);
  }

  /**
   * @param length 16 at most
   * @throws ScanDamage where there are fewer bits
   */
  skip(length: number): void {
    if (this.count < length) {
      this.fill();
      if (this.count < length) throw new ScanDamage("its data end");
    }
    this.count -= length;
  }

  /**
   * Goes to the end of the byte whose bits were read last.
   *
   * @returns the offset of the byte after it, and whether the bits left over are ones, as they are to be
   */
  align(): { readonly end: number; readonly isPadded: boolean } {
    const spare = this.count & 7;
    const padding = (this.buffer >>> (this.count - spare)) & ((1 << spare) - 1);
    for (let unused = this.count >> 3; unused > 0; unused--) {
      this.at--;
      if (this.bytes[this.at] === 0 && this.bytes[this.at - 1] === 0xff) this.at--; // stuffed
    }
    this.buffer = 0;
    this.count = 0;
    return { end: this.at, isPadded: padding === (1 << spare) - 1 };
  }

  /** Passes over a restart marker, which fill bytes may precede. @throws ScanDamage where another byte is */
  restart(marker: number): void {
    let at = this.at;
    while (this.bytes[at] === 0xff && this.bytes[at + 1] === 0xff) at++;
    if (this.bytes[at] !== 0xff || this.bytes[at + 1] !== marker) {
      throw new ScanDamage(`it has no restart marker ff${marker.toString(16)} at byte ${at}`);
    }
    this.at = at + 2;
  }

  /** Reads bytes up to a marker, as many as there is room for. */
  private fill(): void {
    while (this.count <= 23) {
      const byte = this.bytes[this.at];
      if (byte === undefined) return;
      if (byte === 0xff) {
        if (this.bytes[this.at + 1] !== 0) return; // a marker, or the file's end
        this.at++;
      }
      this.at++;
      this.buffer = (this.buffer << 8) | byte;
      this.count += 8;
    }
  }
}
