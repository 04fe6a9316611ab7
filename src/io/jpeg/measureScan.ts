/**
 * The end of a scan's data, found by decoding its Huffman codes: the only way to tell a picture that lacks nothing but
 * the marker at its end from one that is cut off. ITU-T T.81, F.2.2 and G.1.2.
 */
import { BitReader, ScanDamage } from "./BitReader.ts";
import { type BlockReader, blockReader } from "./blockReader.ts";
import type { HuffmanTable } from "./HuffmanTable.ts";
import { MARKER } from "./markers.ts";
import type { ScanHeader } from "./scanHeader.ts";

/** A scan to measure. */
export interface Scan extends ScanHeader {
  /** Offset of its data. */
  readonly dataOffset: number;
  readonly progressive: boolean;
  /** MCUs between restart markers; 0: there are none. */
  readonly restartInterval: number;
  /** By class · 16 + number. */
  readonly tables: ReadonlyMap<number, HuffmanTable>;
}

/** The blocks of a frame. */
export interface FrameBlocks {
  readonly mcusAcross: number;
  readonly mcusDown: number;
  /** By the component's id. */
  readonly planes: ReadonlyMap<number, Plane>;
}

/** The blocks of a component. */
interface Plane {
  /** Blocks across and down, without the padding to whole MCUs: a scan of this component alone has these. */
  readonly columns: number;
  readonly rows: number;
  /** Blocks across, with the padding. */
  readonly stride: number;
  /** Two numbers a block, with a bit for each coefficient that is not 0; empty where the frame is not progressive. */
  readonly nonZero: Uint32Array;
}

/** The extent of a scan's data. */
export interface ScanExtent {
  /** Offset of the byte after the last one that has bits of the picture. */
  readonly end: number;
  /** Whether that byte's other bits are ones, as encoders leave them. */
  readonly isPadded: boolean;
}

/** Restart markers are numbered from 0 to 7, again and again. */
const RESTART_MARKERS = 8;

/**
 * Decodes a scan as far as it takes to know its length.
 *
 * @param blocks a progressive scan notes its coefficients there, for those that refine them
 * @throws ScanDamage where the data end too early or are none; the message says after how many MCUs
 */
export function measureScan(bytes: Uint8Array, scan: Scan, blocks: FrameBlocks): ScanExtent {
  const reader = new BitReader(bytes, scan.dataOffset);
  const readers: (Plane & { h: number; v: number; reader: BlockReader })[] = [];
  for (const component of scan.components) {
    const plane = blocks.planes.get(component.id);
    if (plane === undefined) throw new ScanDamage(`it has no component ${component.id}`);
    const { h, v } = scan.components.length === 1 ? { h: 1, v: 1 } : component;
    readers.push({ ...plane, h, v, reader: blockReader(reader, scan, component, plane.nonZero) });
  }
  const [first] = readers;
  const isSingle = first !== undefined && readers.length === 1;
  const across = isSingle ? first.columns : blocks.mcusAcross;
  const count = across * (isSingle ? first.rows : blocks.mcusDown);
  let mcu = 0;
  try {
    for (; mcu < count; mcu++) {
      if (scan.restartInterval > 0 && mcu > 0 && mcu % scan.restartInterval === 0) {
        reader.align();
        const number = mcu / scan.restartInterval - 1;
        reader.restart(MARKER.RST0 + (number % RESTART_MARKERS));
        for (const { reader: block } of readers) block.restart();
      }
      const row = Math.floor(mcu / across);
      const column = mcu - row * across;
      for (const { h, v, stride, reader: block } of readers) {
        for (let y = row * v; y < (row + 1) * v; y++) {
          for (let x = column * h; x < (column + 1) * h; x++) block.read(y * stride + x);
        }
      }
    }
  } catch (error) {
    if (!(error instanceof ScanDamage)) throw error;
    throw new ScanDamage(`${error.message} after ${mcu} of ${count} blocks`, { cause: error });
  }
  return reader.align();
}
