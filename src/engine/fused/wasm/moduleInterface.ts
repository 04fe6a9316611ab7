/** The WebAssembly modules' interface: native/wasm/entry.cc and native/include/nafnet.h. */

/** An address in the module's memory; the module returns it signed. */
export type Address = number;

/** The functions that the module exports. */
export interface ModuleExports {
  /** Constructors; in one instance of a memory. */
  _initialize(): void;
  /** With threads only. */
  readonly __stack_pointer?: WebAssembly.Global;
  nafnet_pool_join?(pool: Address, thread: number): void;
  nafnet_pool_create(threads: number): Address;
  nafnet_isas(): Address;
  nafnet_bfloat16_unit(isa: Address): Address;
  nafnet_plan_isa(plan: Address): Address;
  nafnet_wasm_error(): Address;
  nafnet_wasm_abort_flag(): Address;
  nafnet_wasm_abi_version(): number;
  nafnet_wasm_allocate(bytes: number): Address;
  nafnet_wasm_free(address: Address): void;
  nafnet_wasm_plan_create(program: Address, isa: Address, precision: number, plan: Address): number;
  nafnet_wasm_plan_estimate(plan: Address, args: Address, figures: Address): number;
  nafnet_wasm_plan_run(plan: Address, args: Address, report: Address): number;
  nafnet_wasm_peak_gflops(
    isa: Address,
    precision: number,
    pool: Address,
    milliseconds: number,
  ): number;
}

/** The functions that the module calls. */
export interface ModuleImports {
  /** @returns whether the run is to end */
  progress(fraction: number): boolean;
  /** @returns whether it succeeded */
  scratchRead(file: number, offset: number, bytes: Uint8Array): boolean;
  scratchWrite(file: number, offset: number, bytes: Uint8Array): boolean;
}

/** The statuses of a run in the order in which nafnet_status numbers them. */
export const STATUSES = ["ok", "aborted", "out-of-memory", "scratch-failed", "invalid"] as const;

/** The precisions in the order in which nafnet_precision numbers them. */
export const PRECISION_NUMBERS = { float32: 0, bf16: 1 } as const;
