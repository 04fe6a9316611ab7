/** A module on a memory: its functions with values of JavaScript in place of addresses. */

import { ABI_VERSION } from "../../../graph/ProgramWriter.ts";
import type { Precision } from "../../EngineOptions.ts";
import type { PlanEstimate } from "../FusedModule.ts";

/** An address in the module's memory. */
export type Address = number;

/** What native/wasm/entry.cc and native/include/nafnet.h export. Addresses come back signed. */
interface Exports {
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
  nafnet_wasm_plan_create(
    code: Address,
    codeLength: number,
    weights: Address,
    weightCount: number,
    isa: Address,
    precision: number,
    plan: Address,
  ): number;
  nafnet_wasm_plan_estimate(
    plan: Address,
    width: number,
    height: number,
    threads: number,
    maxMemoryBytes: number,
    hasScratch: number,
    figures: Address,
  ): number;
  nafnet_wasm_plan_run(
    plan: Address,
    input: Address,
    output: Address,
    width: number,
    height: number,
    pool: Address,
    maxMemoryBytes: number,
    scratchFile: number,
    report: Address,
  ): number;
  nafnet_wasm_peak_gflops(
    isa: Address,
    precision: number,
    pool: Address,
    milliseconds: number,
  ): number;
}

/** What the module calls. */
export interface Imports {
  /** @returns whether the run is to end */
  progress(fraction: number): boolean;
  /** @returns whether it succeeded */
  scratchRead(file: number, offset: number, bytes: Uint8Array): boolean;
  scratchWrite(file: number, offset: number, bytes: Uint8Array): boolean;
}

/** As nafnet_status numbers them. */
export const STATUS = ["ok", "aborted", "out-of-memory", "scratch-failed", "invalid"] as const;

const WASI = "wasi_snapshot_preview1";
const ENOSYS = 52; // of WASI

/** What the C library wants of a system: a clock; there are no files and no streams. */
function system(module: WebAssembly.Module, memory: WebAssembly.Memory): object {
  const names = WebAssembly.Module.imports(module).filter((wanted) => wanted.module === WASI);
  return {
    ...Object.fromEntries(names.map(({ name }) => [name, () => ENOSYS])),
    clock_time_get(_clock: number, _precision: bigint, result: Address): number {
      const nanoseconds = BigInt(Math.round(performance.now() * 1e6));
      new DataView(memory.buffer).setBigUint64(result >>> 0, nanoseconds, true);
      return 0;
    },
  };
}

export class Instance {
  readonly memory: WebAssembly.Memory;
  readonly exports: Exports;

  private constructor(memory: WebAssembly.Memory, exports: Exports) {
    this.memory = memory;
    this.exports = exports;
  }

  /** @param first whether nothing has run on this memory yet */
  static async create(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    imports: Imports,
    first: boolean,
  ): Promise<Instance> {
    const bytes = (address: Address, count: number) =>
      new Uint8Array(memory.buffer, address >>> 0, count >>> 0);
    const instance = await WebAssembly.instantiate(module, {
      env: { memory },
      nafnet: {
        progress: (fraction: number) => Number(imports.progress(fraction)),
        scratch_read: (file: number, offset: number, address: Address, count: number) =>
          Number(!imports.scratchRead(file, offset, bytes(address, count))),
        scratch_write: (file: number, offset: number, address: Address, count: number) =>
          Number(!imports.scratchWrite(file, offset, bytes(address, count))),
      },
      [WASI]: system(module, memory),
    });
    // The module is ours; its version is checked below.
    const exports = instance.exports as unknown as Exports;
    if (first) exports._initialize();
    const version = exports.nafnet_wasm_abi_version();
    if (version !== ABI_VERSION) {
      throw new Error(
        `Expected version ${ABI_VERSION} of the WebAssembly module but it has ${version}.`,
      );
    }
    return new Instance(memory, exports);
  }

  text(address: Address): string {
    const from = address >>> 0;
    const bytes = new Uint8Array(this.memory.buffer);
    // Copied: a decoder refuses memory that is shared.
    return new TextDecoder().decode(bytes.slice(from, bytes.indexOf(0, from)));
  }

  /** @throws RangeError where the memory has no room */
  allocate(bytes: number): Address {
    const address = this.exports.nafnet_wasm_allocate(bytes) >>> 0;
    if (address === 0) {
      throw new RangeError(`The WebAssembly memory has no room for ${bytes} more bytes.`);
    }
    return address;
  }

  free(address: Address): void {
    this.exports.nafnet_wasm_free(address);
  }

  floats(address: Address, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /**
   * @param fill puts the weights there; null: the plan is for estimates
   * @throws Error with one line
   */
  createPlan(
    code: Int32Array,
    weightCount: number,
    fill: ((weights: Float32Array) => void) | null,
    isa: string,
    precision: Precision,
  ): Address {
    const codeAddress = this.allocate(code.byteLength);
    const weights = fill === null ? 0 : this.allocate(Math.max(4, 4 * weightCount));
    const isaAddress = this.put(isa);
    const result = this.allocate(4);
    new Int32Array(this.memory.buffer, codeAddress, code.length).set(code);
    fill?.(this.floats(weights, weightCount));
    const status = this.exports.nafnet_wasm_plan_create(
      codeAddress,
      code.length,
      weights,
      weightCount,
      isaAddress,
      precisionNumber(precision),
      result,
    );
    const plan = new Uint32Array(this.memory.buffer, result, 1)[0] ?? 0;
    for (const address of [codeAddress, weights, isaAddress, result]) this.free(address);
    if (status !== 0) throw new Error(this.error() || "The plan cannot be made.");
    return plan;
  }

  estimate(
    plan: Address,
    width: number,
    height: number,
    threads: number,
    maxMemoryBytes: number,
    hasScratch: boolean,
  ): PlanEstimate {
    const figures = this.allocate(32);
    const status = this.exports.nafnet_wasm_plan_estimate(
      ...([plan, width, height, threads, maxMemoryBytes, Number(hasScratch), figures] as const),
    );
    const [memoryBytes = 0, scratchBytes = 0, flops = 0, leastMemoryBytes = 0] = new Float64Array(
      this.memory.buffer,
      figures,
      4,
    );
    this.free(figures);
    if (status !== 0) throw new Error(`The plan has no estimate for ${width}x${height}.`);
    return { memoryBytes, scratchBytes, flops, leastMemoryBytes };
  }

  bfloat16Unit(isa: string): string | null {
    const name = this.put(isa);
    const unit = this.exports.nafnet_bfloat16_unit(name);
    this.free(name);
    return unit === 0 ? null : this.text(unit);
  }

  peakGflops(isa: string, precision: Precision, pool: Address, milliseconds: number): number {
    const name = this.put(isa);
    const gflops = this.exports.nafnet_wasm_peak_gflops(
      ...([name, precisionNumber(precision), pool, milliseconds] as const),
    );
    this.free(name);
    return gflops;
  }

  /** What the last function that failed says of it. */
  error(): string {
    return this.text(this.exports.nafnet_wasm_error());
  }

  private put(text: string): Address {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const address = this.allocate(bytes.length);
    new Uint8Array(this.memory.buffer, address, bytes.length).set(bytes);
    return address;
  }
}

/** As nafnet_precision numbers it. */
function precisionNumber(precision: Precision): number {
  return precision === "float32" ? 0 : 1;
}
