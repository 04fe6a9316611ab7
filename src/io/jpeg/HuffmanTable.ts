/**
 * Huffman tables of a JPEG. ITU-T T.81, annex C and F.2.2.3.
 */

/** Code lengths that a table has at most. */
export const MAX_CODE_BITS = 16;
/** Codes up to this length are looked up, longer ones searched for: almost all are short. */
const LOOKUP_BITS = 9;

/** A table by which symbols are decoded. */
export class HuffmanTable {
  /** By the next {@link LOOKUP_BITS} bits: length · 256 + symbol, or 0 where the code is longer. */
  private readonly lookup = new Uint16Array(1 << LOOKUP_BITS);
  /** By length: the first code above all of that length, and the index of the symbol of code 0. */
  private readonly ends = new Int32Array(MAX_CODE_BITS + 1);
  private readonly offsets = new Int32Array(MAX_CODE_BITS + 1);
  private readonly symbols: Uint8Array;

  /**
   * @param counts of the codes of each length, 1 to 16 bits
   * @param symbols in the order of their codes, as many as there are codes
   */
  constructor(counts: Uint8Array, symbols: Uint8Array) {
    this.symbols = symbols;
    let code = 0;
    let index = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      const count = counts[length - 1] ?? 0;
      this.offsets[length] = index - code;
      for (let n = 0; n < count; n++, code++, index++) {
        if (length > LOOKUP_BITS) continue;
        const from = code << (LOOKUP_BITS - length);
        // A damaged table may have more codes than there are: those past the end are not reached.
        this.lookup.fill(
          (length << 8) | (symbols[index] ?? 0),
          from,
          from + (1 << (LOOKUP_BITS - length)),
        );
      }
      this.ends[length] = code;
      code <<= 1;
    }
  }

  /**
   * @param bits the next 16 bits
   * @returns the code's length · 256 + its symbol, or 0 where no code begins so
   */
  find(bits: number): number {
    const found = this.lookup[bits >> (MAX_CODE_BITS - LOOKUP_BITS)]!;
    if (found !== 0) return found;
    for (let length = LOOKUP_BITS + 1; length <= MAX_CODE_BITS; length++) {
      const code = bits >> (MAX_CODE_BITS - length);
      if (code >= this.ends[length]!) continue;
      const symbol = this.symbols[code + this.offsets[length]!];
      return symbol === undefined ? 0 : (length << 8) | symbol;
    }
    return 0;
  }
}

/** Tables of a DHT segment by class and number, class · 16 + number: class 0 for DC, 1 for AC. */
export function readHuffmanTables(content: Uint8Array, tables: Map<number, HuffmanTable>): void {
  for (let at = 0; at + 17 <= content.length; ) {
    const counts = content.subarray(at + 1, at + 17);
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    if (end > content.length) return; // a scan that wants it finds it missing
    tables.set(content[at]!, new HuffmanTable(counts, content.subarray(at + 17, end)));
    at = end;
  }
}
