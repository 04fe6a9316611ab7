import { ABI_VERSION, type Program } from "../../../graph/ProgramWriter.ts";
import type { Precision } from "../../EngineOptions.ts";
import type { CoreOutcome, EstimateRequest, PlanEstimate } from "../FusedModule.ts";
import {
  type Address,
  type ModuleExports,
  type ModuleImports,
  PRECISION_NUMBERS,
  STATUSES,
} from "./moduleInterface.ts";
import { WASI, wasiImports } from "./wasiImports.ts";
import { INITIAL_PAGES, MOST_PAGES, sharedMemory } from "./wasmMemory.ts";

/** Options of {@link Instance.create}. */
interface InstanceOptions {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly imports: ModuleImports;
  /** Whether nothing has run on this memory yet. */
  readonly isFirst: boolean;
}

/** Arguments of {@link Instance.createPlan}. */
interface PlanSource {
  readonly program: Program;
  /** Whether the plan is to run; without weights it is for estimates. */
  readonly hasWeights: boolean;
  readonly isa: string;
  readonly precision: Precision;
}

/** Arguments of {@link Instance.run}. */
interface InstanceRun {
  /** height · width · channels values. */
  readonly input: Address;
  /** As large as the input. */
  readonly output: Address;
  readonly width: number;
  readonly height: number;
  readonly pool: Address;
  readonly maxMemoryBytes: number;
  /** Number of the scratch file; negative: there is none. */
  readonly scratchFile: number;
}

/** A module on a memory: its functions with values of JavaScript in place of addresses. */
export class Instance {
  readonly memory: WebAssembly.Memory;
  readonly exports: ModuleExports;

  private constructor(memory: WebAssembly.Memory, exports: ModuleExports) {
    this.memory = memory;
    this.exports = exports;
  }

  /** @throws Error where the module is of another version */
  static async create({ module, memory, imports, isFirst }: InstanceOptions): Promise<Instance> {
    const bytes = (address: Address, count: number): Uint8Array => {
      const [from, length] = [address >>> 0, count >>> 0];
      // V8 tells a thread late of memory that another one has grown; growing by nothing makes it look.
      if (from + length > memory.buffer.byteLength) memory.grow(0);
      return new Uint8Array(memory.buffer, from, length);
    };
    const instance = await WebAssembly.instantiate(module, {
      env: { memory },
      nafnet: {
        progress: (fraction: number) => Number(imports.progress(fraction)),
        scratch_read: (file: number, offset: number, address: Address, count: number) =>
          Number(!imports.scratchRead(file, offset, bytes(address, count))),
        scratch_write: (file: number, offset: number, address: Address, count: number) =>
          Number(!imports.scratchWrite(file, offset, bytes(address, count))),
      },
      [WASI]: wasiImports(module, memory),
    });
    // The module is ours; its version is checked below.
    const exports = instance.exports as unknown as ModuleExports;
    if (isFirst) exports._initialize();
    const version = exports.nafnet_wasm_abi_version();
    if (version !== ABI_VERSION) {
      throw new Error(
        `Expected version ${ABI_VERSION} of the WebAssembly module but it has ${version}.`,
      );
    }
    return new Instance(memory, exports);
  }

  /** An instance for questions that are answered at once: nothing runs on it. */
  static createForQueries(module: WebAssembly.Module, isShared: boolean): Promise<Instance> {
    const limits = { initial: INITIAL_PAGES, maximum: MOST_PAGES };
    const memory = isShared ? sharedMemory().memory : new WebAssembly.Memory(limits);
    const unused = () => false;
    const imports = { progress: unused, scratchRead: unused, scratchWrite: unused };
    return Instance.create({ module, memory, imports, isFirst: true });
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

  /** @throws Error with one line */
  createPlan({ program, hasWeights, isa, precision }: PlanSource): Address {
    const { code, weights, flopsPerPixel } = program;
    const addresses = {
      code: this.allocate(code.byteLength),
      weights: hasWeights ? this.allocate(Math.max(4, weights.byteLength)) : 0,
      flops: this.allocate(Math.max(8, flopsPerPixel.byteLength)),
      program: this.allocate(6 * 4),
      isa: this.allocateText(isa),
      plan: this.allocate(4),
    };
    const { buffer } = this.memory; // not before the last allocation, which may exchange it
    new Int32Array(buffer, addresses.code, code.length).set(code);
    if (hasWeights) this.floats(addresses.weights, weights.length).set(weights);
    new Float64Array(buffer, addresses.flops, flopsPerPixel.length).set(flopsPerPixel);
    // nafnet_program: pointers and sizes of 32 bits each.
    new Uint32Array(buffer, addresses.program, 6).set([
      ...[addresses.code, code.length, addresses.weights, weights.length],
      ...[addresses.flops, flopsPerPixel.length],
    ]);
    const status = this.exports.nafnet_wasm_plan_create(
      addresses.program,
      addresses.isa,
      PRECISION_NUMBERS[precision],
      addresses.plan,
    );
    const plan = new Uint32Array(this.memory.buffer, addresses.plan, 1)[0] ?? 0;
    for (const address of Object.values(addresses)) this.free(address);
    if (status !== 0) throw new Error(this.error() || "The plan cannot be made.");
    return plan;
  }

  estimate(plan: Address, request: EstimateRequest & { readonly threads: number }): PlanEstimate {
    const { width, height, threads, maxMemoryBytes, hasScratch } = request;
    const figures = this.allocate(32);
    const args = this.structure([width, height, threads, Number(hasScratch)], maxMemoryBytes);
    const status = this.exports.nafnet_wasm_plan_estimate(plan, args, figures);
    this.free(args);
    const [memoryBytes = 0, scratchBytes = 0, flops = 0, leastMemoryBytes = 0] = this.take(figures);
    if (status !== 0) throw new Error(`The plan has no estimate for ${width}x${height}.`);
    return { memoryBytes, scratchBytes, flops, leastMemoryBytes };
  }

  run(plan: Address, run: InstanceRun): CoreOutcome {
    const { input, output, width, height, pool, maxMemoryBytes, scratchFile } = run;
    const abortFlag = this.exports.nafnet_wasm_abort_flag() >>> 0;
    new Int32Array(this.memory.buffer, abortFlag, 1)[0] = 0;
    const report = this.allocate(32);
    const args = this.structure([input, output, width, height, pool, scratchFile], maxMemoryBytes);
    const number = this.exports.nafnet_wasm_plan_run(plan, args, report);
    this.free(args);
    const [peakBytes = 0, scratchBytes = 0, strips = 1, nonFinite = 0] = this.take(report);
    const status = STATUSES[number] ?? "invalid";
    if (status !== "ok") return { status, message: this.error() || status };
    return { status, peakBytes, scratchBytes, strips, nonFinite: nonFinite !== 0 };
  }

  bfloat16Unit(isa: string): string | null {
    const name = this.allocateText(isa);
    const unit = this.exports.nafnet_bfloat16_unit(name);
    this.free(name);
    return unit === 0 ? null : this.text(unit);
  }

  peakGflops(isa: string, precision: Precision, pool: Address, milliseconds: number): number {
    const name = this.allocateText(isa);
    const gflops = this.exports.nafnet_wasm_peak_gflops(
      ...([name, PRECISION_NUMBERS[precision], pool, milliseconds] as const),
    );
    this.free(name);
    return gflops;
  }

  /** The message of the last function that failed. */
  private error(): string {
    return this.text(this.exports.nafnet_wasm_error());
  }

  /** A structure of native/wasm/entry.cc: an even count of numbers of 32 bits, then a double. */
  private structure(integers: readonly number[], double: number): Address {
    const bytes = 4 * integers.length;
    const address = this.allocate(bytes + 8);
    new Int32Array(this.memory.buffer, address, integers.length).set(integers);
    new Float64Array(this.memory.buffer, address + bytes, 1)[0] = double;
    return address;
  }

  /** Four doubles that a function has written; frees them. */
  private take(figures: Address): Float64Array {
    const values = new Float64Array(this.memory.buffer, figures, 4).slice();
    this.free(figures);
    return values;
  }

  private allocateText(text: string): Address {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const address = this.allocate(bytes.length);
    new Uint8Array(this.memory.buffer, address, bytes.length).set(bytes);
    return address;
  }
}
