/** The one comparison that every parity test makes. */

export interface ParityOptions {
  /** Largest absolute difference allowed. */
  readonly tolerance: number;
  /** Shape of `expected`: the message then gives the worst value's coordinates. */
  readonly shape?: readonly number[];
  /** Shape of `actual`, which must equal `shape`. */
  readonly actualShape?: readonly number[];
  /** Stands before the message, e.g. the backend's name. */
  readonly label?: string;
}

export interface ParityResult {
  /** Largest absolute difference. */
  readonly maxAbs: number;
  /** `maxAbs` divided by the largest absolute value expected. */
  readonly maxRel: number;
}

/**
 * Holds `actual` to `expected`: shape, length, finite values and the largest absolute difference.
 *
 * @returns what was measured, so that a test can report it
 * @throws Error with the worst index, both values there and the differences counted by decade
 */
export function expectParity(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  options: ParityOptions,
): ParityResult {
  const { tolerance, shape, actualShape } = options;
  const label = options.label === undefined ? "" : `${options.label}: `;
  if (actualShape !== undefined && shape !== undefined && `${actualShape}` !== `${shape}`) {
    throw new Error(`${label}Expected shape [${shape}] but received [${actualShape}]`);
  }
  if (actual.length !== expected.length) {
    throw new Error(`${label}Expected ${expected.length} values but received ${actual.length}`);
  }

  const differences = new Float64Array(expected.length);
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i] ?? Number.NaN;
    const e = expected[i] ?? Number.NaN;
    if (!Number.isFinite(a) || !Number.isFinite(e)) {
      throw new Error(
        `${label}Expected finite values but at ${place(i, shape)}: ${a}, PyTorch ${e}`,
      );
    }
    const difference = Math.abs(a - e);
    differences[i] = difference;
    if (difference > (differences[worst] ?? 0)) worst = i;
    largest = Math.max(largest, Math.abs(e));
  }

  const maxAbs = differences[worst] ?? 0;
  if (!(maxAbs <= tolerance)) {
    throw new Error(
      `${label}Expected a difference of at most ${tolerance} but received ${maxAbs.toExponential(3)} ` +
        `at ${place(worst, shape)}: ${actual[worst]}, PyTorch ${expected[worst]}\n${histogram(differences)}`,
    );
  }
  return { maxAbs, maxRel: maxAbs === 0 ? 0 : maxAbs / largest };
}

/** `index 17 [0, 1, 2, 3]` */
function place(index: number, shape: readonly number[] | undefined): string {
  if (shape === undefined) return `index ${index}`;
  const coordinates: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    coordinates.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `index ${index} [${coordinates.join(", ")}]`;
}

/** One line a decade, the largest differences first. */
function histogram(differences: Float64Array): string {
  const counts = new Map<number, number>();
  for (const difference of differences) {
    const decade = difference === 0 ? -Infinity : Math.floor(Math.log10(difference));
    counts.set(decade, (counts.get(decade) ?? 0) + 1);
  }
  const rows = [...counts].sort(([a], [b]) => (a < b ? 1 : -1));
  return rows
    .map(([decade, count]) => `  ${decade === -Infinity ? "exact" : `≥ 1e${decade}`}: ${count}`)
    .join("\n");
}
