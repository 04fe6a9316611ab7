import { readFileSync } from "node:fs";

/** 16 GiB, see {@link isAddressSpaceTight}. */
const AMPLE_BYTES = 2 ** 34;

/**
 * Bytes of address space that a limit on the process (`ulimit -v`, as shared hosting has it) leaves; Infinity
 * where there is no limit, as on all systems but Linux.
 *
 * @param folder of the process's files. @default "/proc/self"
 */
export function addressSpaceLeft(folder: string = "/proc/self"): number {
  if (process.platform !== "linux") return Infinity;
  const limit = figure(`${folder}/limits`, /^Max address space +(\d+) /m, 1);
  const used = figure(`${folder}/status`, /^VmSize:\s+(\d+) kB$/m, 2 ** 10);
  return limit === undefined || used === undefined ? Infinity : Math.max(0, limit - used);
}

/**
 * Tells whether a limit leaves so little address space that a thread or a memory of WebAssembly may end the whole
 * process. V8 reserves 0.6 to 0.8 GiB for a thread, and for a memory 10 GiB on Node 20 and 22, which may fail in
 * peace, or what it may grow to on Node 24, after which its own heap finds nothing left: that is fatal.
 */
export function isAddressSpaceTight(): boolean {
  return addressSpaceLeft() < AMPLE_BYTES;
}

/** @returns undefined where the file is missing, as in some sandboxes, or has no number ("unlimited") */
function figure(file: string, pattern: RegExp, unit: number): number | undefined {
  try {
    const found = pattern.exec(readFileSync(file, "utf8"));
    return found === null ? undefined : Number(found[1]) * unit;
  } catch {
    return undefined; // then nothing is known of a limit
  }
}
