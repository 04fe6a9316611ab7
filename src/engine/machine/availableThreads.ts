import { availableParallelism } from "node:os";
import { type CgroupFiles, cgroupProcessors } from "./cgroup.ts";

/**
 * Threads that the process may have at work: the processors of its affinity, and no more than its
 * cgroup's quota pays for. Part of a processor counts as one: a thread that waits for its time is better
 * than time that nobody uses.
 *
 * @param processors that the affinity allows
 */
export function availableThreads(
  files: CgroupFiles = {},
  processors: number = availableParallelism(),
): number {
  return Math.max(1, Math.min(processors, Math.ceil(cgroupProcessors(files))));
}
