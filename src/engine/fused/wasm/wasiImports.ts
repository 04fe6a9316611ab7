import type { Address } from "./moduleInterface.ts";

/** The name under which a module imports the system's functions. */
export const WASI = "wasi_snapshot_preview1";
/** WASI's error number of a function that is not there. */
const ENOSYS = 52;

/** The system that the C library of a module wants: a clock; there are no files and no streams. */
export function wasiImports(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Readonly<Record<string, unknown>> {
  const wanted = WebAssembly.Module.imports(module).filter((entry) => entry.module === WASI);
  return {
    ...Object.fromEntries(wanted.map(({ name }) => [name, () => ENOSYS])),
    clock_time_get(_clock: number, _precision: bigint, result: Address): number {
      const nanoseconds = BigInt(Math.round(performance.now() * 1e6));
      new DataView(memory.buffer).setBigUint64(result >>> 0, nanoseconds, true);
      return 0;
    },
  };
}
