/** Python's integers of any length in a pickle. */

import { quoteName } from "../../base/untrustedNames.ts";
import type { ByteReader } from "./ByteReader.ts";
import { corruptCheckpoint } from "./checkpointErrors.ts";
import { MAX_INTEGER_BYTES } from "./checkpointLimits.ts";

/**
 * Reads a two's complement integer of `length` bytes, little-endian: opcodes LONG1 and LONG4.
 *
 * @returns a number where a double holds it exactly, otherwise a bigint
 */
export function readInteger(reader: ByteReader, length: number, at: number): number | bigint {
  if (length > MAX_INTEGER_BYTES) {
    throw corruptCheckpoint(
      `Expected an integer of at most ${MAX_INTEGER_BYTES} bytes at byte ${at}, but it declares ${length}.`,
    );
  }
  if (length === 0) return 0;
  const hex = Buffer.from(reader.bytes(length)).reverse().toString("hex");
  return numberIfExact(BigInt.asIntN(8 * length, BigInt(`0x${hex}`)));
}

/** Reads a decimal line: opcodes INT and LONG, as protocol 1 writes large integers and booleans. */
export function readDecimal(reader: ByteReader, at: number): number | bigint | boolean {
  const text = reader.line();
  if (text === "01") return true;
  if (text === "00") return false;
  const digits = /^(-?\d+)L?$/.exec(text)?.[1];
  if (digits === undefined) {
    throw corruptCheckpoint(`Expected an integer at byte ${at}, but found ${quoteName(text)}.`);
  }
  return numberIfExact(BigInt(digits));
}

function numberIfExact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
