/**
 * A scan's header (SOS), and which of a picture's data its scans have. ITU-T T.81, B.2.3 and G.1.1.1.
 */
import type { JpegComponent } from "./JpegComponent.ts";

/** A component in a scan. */
export interface ScanComponent extends JpegComponent {
  /** Numbers of its Huffman tables. */
  readonly dc: number;
  readonly ac: number;
}

/** The components of a scan, and which part of their coefficients it has. */
export interface ScanHeader {
  readonly components: readonly ScanComponent[];
  /** The first and the last coefficient, 0-63 in zigzag order. */
  readonly from: number;
  readonly to: number;
  /** Whether it adds a bit to what an earlier scan has. */
  readonly refines: boolean;
  /** The lowest bit that it has of them. */
  readonly lowBit: number;
}

const COEFFICIENTS = 64;
/** The last bytes of a sequential scan's header: the first and the last coefficient, and no earlier bits. */
export const SEQUENTIAL_PARAMETERS: Uint8Array = Uint8Array.of(0, COEFFICIENTS - 1, 0);

/**
 * Reads a scan's header.
 *
 * @param content of its segment
 * @param frame the frame's components
 * @returns undefined where it is damaged. The parameters of a sequential scan do not count: it has all coefficients
 */
export function readScanHeader(
  content: Uint8Array,
  frame: readonly JpegComponent[],
  progressive: boolean,
): ScanHeader | undefined {
  const count = content[0] ?? 0;
  if (count < 1 || content.length !== 1 + 2 * count + SEQUENTIAL_PARAMETERS.length)
    return undefined;
  const components: ScanComponent[] = [];
  for (let at = 1; at < 1 + 2 * count; at += 2) {
    const component = frame.find(({ id }) => id === content[at]);
    if (component === undefined || components.some(({ id }) => id === component.id)) {
      return undefined;
    }
    const tables = content[at + 1]!;
    components.push({ ...component, dc: tables >> 4, ac: tables & 15 });
  }
  if (!progressive) {
    return { components, from: 0, to: COEFFICIENTS - 1, refines: false, lowBit: 0 };
  }
  const [from = 0, to = 0, bits = 0] = content.subarray(1 + 2 * count);
  // Coefficients other than the first have scans of one component.
  const isOfDc = from === 0 && to === 0;
  if (!isOfDc && (from === 0 || from > to || to >= COEFFICIENTS || count > 1)) return undefined;
  return { components, from, to, refines: bits >> 4 > 0, lowBit: bits & 15 };
}

/** Which coefficients of a frame its scans have brought so far. */
export class ScanCoverage {
  /** By component, the lowest bit of each coefficient that has been there. */
  private readonly lowBits: ReadonlyMap<number, Uint8Array>;

  constructor(frame: readonly JpegComponent[]) {
    this.lowBits = new Map(
      frame.map(({ id }) => [id, new Uint8Array(COEFFICIENTS).fill(NEVER)] as const),
    );
  }

  add({ components, from, to, lowBit }: ScanHeader): void {
    for (const { id } of components) this.lowBits.get(id)?.fill(lowBit, from, to + 1);
  }

  /** Whether every bit of every coefficient has been there. */
  get isComplete(): boolean {
    return [...this.lowBits.values()].every((bits) => bits.every((bit) => bit === 0));
  }

  /** Whether every component has its means at least, so that the picture can be seen, if coarsely. */
  get hasAllComponents(): boolean {
    return [...this.lowBits.values()].every(([mean]) => mean !== NEVER);
  }
}

const NEVER = 255;
