const UNITS = ["KiB", "MiB", "GiB"] as const;
/** The least of a unit that is told in it: two digits before the point, one after. */
const LEAST = 10;

/**
 * A number of bytes as messages tell it, e.g. `12.3 GiB`, `9216 MiB`, `800 bytes`.
 *
 * @param round `Math.ceil` of what is needed and `Math.floor` of what there is, so that the two differ however little
 *   is missing
 */
export function formatBytes(bytes: number, round: (value: number) => number): string {
  let text = `${round(bytes)} bytes`;
  for (const [i, unit] of UNITS.entries()) {
    const value = bytes / 1024 ** (i + 1);
    if (value >= LEAST) text = `${round(value * 10) / 10} ${unit}`;
  }
  return text;
}
