/**
 * The processors and the memory that Linux control groups, which containers are made of, leave a process: both
 * versions, and every group from the process's own up to the root, since each may have a limit.
 * cgroups(7); kernel Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Paths of the files of control groups. */
export interface CgroupFiles {
  /** @default "/proc/self/cgroup" */
  readonly membership?: string;
  /** @default "/sys/fs/cgroup" */
  readonly root?: string;
}

/** One group of the process's, as the folder of its files. */
interface Group {
  readonly version: 1 | 2;
  readonly folder: string;
}

/** Processors' worth of time that the process may use, e.g. 1.5; Infinity where there is no quota. */
export function cgroupProcessors(files: CgroupFiles = {}): number {
  const quotas = groupsOf("cpu", files).map(({ version, folder }) => {
    if (version === 2) {
      const [quota, period] = (read(folder, "cpu.max") ?? "max").split(" ");
      return quota === "max" ? Infinity : Number(quota) / Number(period);
    }
    const quota = Number(read(folder, "cpu.cfs_quota_us") ?? -1);
    return quota < 0 ? Infinity : quota / Number(read(folder, "cpu.cfs_period_us"));
  });
  return least(quotas.filter((quota) => quota > 0)); // not NaN
}

/**
 * Bytes that the process's groups have left: limit − use, where pages of files that the kernel would
 * drop first do not count as used; Infinity where there is no limit.
 */
export function cgroupAvailableBytes(files: CgroupFiles = {}): number {
  const left = groupsOf("memory", files).map(({ version, folder }) => {
    const [limitFile, useFile, cache] =
      version === 2
        ? ["memory.max", "memory.current", "inactive_file"]
        : ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"];
    const limit = Number(read(folder, limitFile) ?? Infinity);
    const use = Number(read(folder, useFile) ?? 0);
    const stat = read(folder, "memory.stat") ?? "";
    const droppable = Number(new RegExp(`^${cache} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
    return Math.max(0, limit - Math.max(0, use - droppable));
  });
  return least(left.filter((bytes) => !Number.isNaN(bytes))); // "max" is not a number
}

/** The groups of a controller, the process's own first; none where there is no cgroup file system. */
function groupsOf(controller: "cpu" | "memory", files: CgroupFiles): Group[] {
  const { membership = "/proc/self/cgroup", root = "/sys/fs/cgroup" } = files;
  const groups: Group[] = [];
  // Lines of hierarchy:controllers:path; version 2 has the hierarchy 0 and no controllers.
  for (const line of (readText(membership) ?? "").split("\n")) {
    const [hierarchy, controllers = "", path] = line.split(":");
    if (path === undefined) continue;
    if (hierarchy === "0" && controllers === "") {
      // With both versions mounted, version 2 has a folder of its own.
      for (const mount of [root, join(root, "unified")]) groups.push(...upwards(2, mount, path));
    } else if (controllers.split(",").includes(controller)) {
      for (const name of new Set([controllers, controller])) {
        groups.push(...upwards(1, join(root, name), path));
      }
    }
  }
  return groups;
}

/** A group and those above it; in a container the mount's root may be the group itself. */
function upwards(version: 1 | 2, mount: string, path: string): Group[] {
  const groups: Group[] = [];
  for (let at = join("/", path); ; at = dirname(at)) {
    groups.push({ version, folder: join(mount, at) });
    if (at === "/") return groups;
  }
}

function read(folder: string, file: string): string | undefined {
  return readText(join(folder, file))?.trim();
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // another system, or a group without this controller
  }
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}
