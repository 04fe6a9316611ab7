/** A check of a result, as the receipt lists it. */

/** One check of a result against the picture that it was made from. */
export interface Check {
  /** The fault that is looked for; see src/restoration/checks/checkBlocks.ts. */
  readonly name: CheckName;
  /** The measured figure. */
  readonly figure: number;
  /** The most that passes, in the figure's unit. */
  readonly threshold: number;
  /** Whether the figure is at most the threshold. */
  readonly passed: boolean;
}

/** `finite` counts values that are NaN or infinite; the others compare means over blocks. */
export type CheckName =
  | "finite"
  | "black"
  | "colour cast"
  | "mosaic"
  | "blow-up"
  | "crushed darks"
  | "tinted highlights";

/** The checks of src/restoration/checks/checkBlocks.ts. */
export type BlockCheckName = Exclude<CheckName, "finite">;

/** A check as text, e.g. `mosaic 14.2, at most 8`. */
export function checkLine({ name, figure, threshold }: Check): string {
  return `${name} ${Number(figure.toPrecision(3))}, at most ${threshold}`;
}
