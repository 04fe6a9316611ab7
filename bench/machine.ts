import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

/** The machine that the figures were measured on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** Vector and matrix instructions that the processor has. */
  readonly features: readonly string[];
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
  readonly date: string;
  /** Load of the last minute before the run: above a few tenths, others were at work too. */
  readonly loadAverage: number;
  /** NAFNET_ISA, if it is set. */
  readonly forcedIsa: string | null;
  /** Other processes that the bench kept busy meanwhile. */
  readonly busyProcesses: number;
  /** Share of a quiet machine that is left beside them to one thread a core that never waits for another; 1: all. */
  readonly processorShare: number;
}

const FEATURES = /^(avx2?|fma|avx512\w*|avx_vnni|amx_\w+|asimd\w*|bf16|sve2?|i8mm)$/;

export function machine(busyProcesses: number, processorShare: number): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    features: processorFlags().filter((flag) => FEATURES.test(flag)),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    date: new Date().toISOString(),
    loadAverage: loadavg()[0] ?? 0,
    forcedIsa: process.env.NAFNET_ISA || null,
    busyProcesses,
    processorShare,
  };
}

function processorFlags(): string[] {
  try {
    const info = readFileSync("/proc/cpuinfo", "utf8");
    return /^(?:flags|Features)\s*:\s*(.*)$/m.exec(info)?.[1]?.split(/\s+/) ?? [];
  } catch {
    return []; // not Linux
  }
}
