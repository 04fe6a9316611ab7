import { invalidArgument } from "../base/errors.ts";

/**
 * Checks that the channels divide by `divisor`.
 *
 * @param layer the layer's name, for the message
 * @throws NafnetError `INVALID_ARGUMENT`
 */
export function checkDivisible(layer: string, channels: number, divisor: number): void {
  if (channels % divisor === 0) return;
  throw invalidArgument(layer, `channels divisible by ${divisor}`, channels);
}
