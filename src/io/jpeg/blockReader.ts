/**
 * The codes of a block in each kind of scan. Only as much is decoded as tells where they end: no values but the
 * lengths of runs, and which coefficients are not 0. ITU-T T.81, F.2.2.1, F.2.2.2 and G.1.2.
 */
import { type BitReader, ScanDamage } from "./BitReader.ts";
import type { HuffmanTable } from "./HuffmanTable.ts";
import type { ScanComponent, ScanHeader } from "./scanHeader.ts";

/** Reads the blocks of one component in a scan. */
export interface BlockReader {
  /** @param block its index among the component's */
  read(block: number): void;
  /** To be called at a restart marker. */
  restart(): void;
}

/** A scan's tables by class · 16 + number. */
interface Tables {
  readonly progressive: boolean;
  readonly tables: ReadonlyMap<number, HuffmanTable>;
}

const AC_CLASS = 16;
const LAST = 63;
/** A run of 16 zeros, or the block's end, by the upper half of a symbol without a value. */
const ZERO_RUN = 15;

/** @param nonZero of the component, two numbers a block; a progressive scan writes it */
export function blockReader(
  bits: BitReader,
  scan: ScanHeader & Tables,
  { dc, ac }: ScanComponent,
  nonZero: Uint32Array,
): BlockReader {
  const table = (key: number): HuffmanTable => {
    const found = scan.tables.get(key);
    if (found === undefined) throw new ScanDamage("it has no Huffman table");
    return found;
  };
  if (!scan.progressive) return sequential(bits, table(dc), table(AC_CLASS + ac));
  if (scan.from > 0) {
    const run = { bits, table: table(AC_CLASS + ac), nonZero, from: scan.from, to: scan.to };
    return scan.refines ? refinedAc(run) : firstAc(run);
  }
  return scan.refines ? refinedDc(bits) : firstDc(bits, table(dc));
}

function sequential(bits: BitReader, dc: HuffmanTable, ac: HuffmanTable): BlockReader {
  return {
    read() {
      value(bits, bits.symbol(dc));
      for (let k = 1; k <= LAST; k++) {
        const symbol = bits.symbol(ac);
        const size = symbol & 15;
        if (size === 0 && symbol >> 4 !== ZERO_RUN) return;
        k += symbol >> 4;
        if (size > 0) {
          inBlock(k, LAST);
          bits.skip(size);
        }
      }
    },
    restart: () => undefined, // predictions are no matter here
  };
}

function firstDc(bits: BitReader, table: HuffmanTable): BlockReader {
  return { read: () => value(bits, bits.symbol(table)), restart: () => undefined };
}

function refinedDc(bits: BitReader): BlockReader {
  return { read: () => bits.skip(1), restart: () => undefined };
}

/** A scan of coefficients other than the first. */
interface AcScan {
  readonly bits: BitReader;
  readonly table: HuffmanTable;
  readonly nonZero: Uint32Array;
  readonly from: number;
  readonly to: number;
}

function firstAc({ bits, table, nonZero, from, to }: AcScan): BlockReader {
  let blocksToSkip = 0;
  return {
    read(block) {
      if (blocksToSkip > 0) {
        blocksToSkip--;
        return;
      }
      for (let k = from; k <= to; k++) {
        const symbol = bits.symbol(table);
        const run = symbol >> 4;
        const size = symbol & 15;
        if (size === 0 && run !== ZERO_RUN) {
          blocksToSkip = (1 << run) + bits.bits(run) - 1;
          return;
        }
        k += run;
        if (size > 0) {
          inBlock(k, to);
          bits.skip(size);
          mark(nonZero, block, k);
        }
      }
    },
    restart() {
      blocksToSkip = 0;
    },
  };
}

function refinedAc({ bits, table, nonZero, from, to }: AcScan): BlockReader {
  let blocksToSkip = 0;
  /** Passes over coefficients, each that was not 0 with its bit, up to the zero after `zeros` others. */
  const pass = (block: number, start: number, zeros: number): number => {
    let left = zeros;
    let k = start;
    for (; k <= to; k++) {
      if (isMarked(nonZero, block, k)) bits.skip(1);
      else if (left-- === 0) break;
    }
    return k;
  };
  return {
    read(block) {
      let k = from;
      for (; blocksToSkip === 0 && k <= to; k++) {
        const symbol = bits.symbol(table);
        const run = symbol >> 4;
        const size = symbol & 15;
        if (size > 1) throw new ScanDamage("it has an invalid code");
        if (size === 0 && run !== ZERO_RUN) {
          blocksToSkip = (1 << run) + bits.bits(run);
          break;
        }
        bits.skip(size); // the sign
        k = pass(block, k, run);
        if (size > 0) {
          inBlock(k, to);
          mark(nonZero, block, k);
        }
      }
      if (blocksToSkip === 0) return;
      blocksToSkip--;
      pass(block, k, LAST + 1);
    },
    restart() {
      blocksToSkip = 0;
    },
  };
}

/** A value's bits, of which a symbol gives the number: 16 at most. */
function value(bits: BitReader, size: number): void {
  if (size > 16) throw new ScanDamage("it has an invalid code");
  bits.skip(size);
}

function inBlock(k: number, last: number): void {
  if (k > last) throw new ScanDamage("a block has too many coefficients");
}

function mark(nonZero: Uint32Array, block: number, k: number): void {
  const at = 2 * block + (k >> 5);
  nonZero[at] = nonZero[at]! | (1 << (k & 31));
}

function isMarked(nonZero: Uint32Array, block: number, k: number): boolean {
  return (nonZero[2 * block + (k >> 5)]! & (1 << (k & 31))) !== 0;
}
