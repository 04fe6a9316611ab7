/** The processors and the memory that cgroups leave a process, read from files as the kernel writes them. */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { availableThreads } from "../../../src/engine/machine/availableThreads.ts";
import {
  type CgroupFiles,
  cgroupAvailableBytes,
  cgroupProcessors,
} from "../../../src/engine/machine/cgroup.ts";
import { useFolders } from "../../support/folders.ts";

const newFolder = useFolders();
const UNLIMITED_V1 = "9223372036854771712"; // PAGE_COUNTER_MAX of version 1

/** Files below /sys/fs/cgroup by path, and /proc/self/cgroup. */
async function cgroups(
  membership: string,
  files: Readonly<Record<string, string>>,
): Promise<Required<CgroupFiles>> {
  const folder = await newFolder();
  const root = join(folder, "cgroup");
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${text}\n`);
  }
  await writeFile(join(folder, "self"), `${membership}\n`);
  return { membership: join(folder, "self"), root };
}

describe("processors", () => {
  it.each<[string, string, Record<string, string>, number]>([
    ["version 2", "0::/app", { "app/cpu.max": "150000 100000" }, 1.5],
    ["version 2, no quota", "0::/app", { "app/cpu.max": "max 100000" }, Infinity],
    [
      "the group above",
      "0::/a/b",
      { "a/cpu.max": "200000 100000", "a/b/cpu.max": "max 100000" },
      2,
    ],
    [
      "the smaller of two",
      "0::/a/b",
      { "a/cpu.max": "300000 100000", "a/b/cpu.max": "50000 100000" },
      0.5,
    ],
    ["the root of a container's own namespace", "0::/", { "cpu.max": "400000 100000" }, 4],
    [
      "version 1",
      "4:cpu,cpuacct:/docker/1f\n1:name=systemd:/",
      {
        "cpu,cpuacct/docker/1f/cpu.cfs_quota_us": "250000",
        "cpu,cpuacct/docker/1f/cpu.cfs_period_us": "100000",
      },
      2.5,
    ],
    [
      "version 1 in a container, where the group is the mount's root",
      "4:cpuacct,cpu:/docker/1f",
      { "cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "50000" },
      2,
    ],
    [
      "version 1, no quota",
      "1:cpu:/",
      { "cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000" },
      Infinity,
    ],
    ["both, version 2 beside", "1:cpu:/\n0::/x", { "unified/x/cpu.max": "100000 100000" }, 1],
    ["a damaged file", "0::/app", { "app/cpu.max": "lots" }, Infinity],
    ["no files", "0::/app", {}, Infinity],
    ["a damaged list", "nonsense", {}, Infinity],
  ])("of %s", async (_, membership, files, expected) => {
    expect(cgroupProcessors(await cgroups(membership, files))).toBe(expected);
  });

  it("without cgroups are unlimited", () => {
    expect(cgroupProcessors({ membership: "/nowhere", root: "/nowhere" })).toBe(Infinity);
  });

  it("become threads: of the affinity, no more than the quota pays for, one at least", async () => {
    const threads = async (quota: string, processors: number): Promise<number> =>
      availableThreads(await cgroups("0::/", { "cpu.max": `${quota} 100000` }), processors);
    expect(await threads("max", 8)).toBe(8);
    expect(await threads("300000", 8)).toBe(3);
    expect(await threads("250000", 8)).toBe(3);
    expect(await threads("10000", 8)).toBe(1);
    expect(await threads("800000", 2)).toBe(2);
    expect(availableThreads()).toBeGreaterThanOrEqual(1);
  });
});

describe("memory", () => {
  it.each<[string, string, Record<string, string>, number]>([
    [
      "version 2, without the files' pages that would be dropped",
      "0::/app",
      {
        "app/memory.max": "1000000",
        "app/memory.current": "700000",
        "app/memory.stat": "anon 200000\ninactive_file 400000\nactive_file 100000",
      },
      700_000,
    ],
    [
      "version 2, no limit",
      "0::/app",
      { "app/memory.max": "max", "app/memory.current": "7" },
      Infinity,
    ],
    [
      "the group above, which others use",
      "0::/a/b",
      {
        "a/memory.max": "1000",
        "a/memory.current": "900",
        "a/b/memory.max": "500",
        "a/b/memory.current": "100",
      },
      100,
    ],
    ["more used than allowed", "0::/", { "memory.max": "1000", "memory.current": "1200" }, 0],
    [
      "version 1",
      "9:memory:/docker/1f",
      {
        "memory/docker/1f/memory.limit_in_bytes": "1000000",
        "memory/docker/1f/memory.usage_in_bytes": "600000",
        "memory/docker/1f/memory.stat": "inactive_file 1\ntotal_inactive_file 100000",
      },
      500_000,
    ],
    ["no files", "0::/app", {}, Infinity],
  ])("of %s", async (_, membership, files, expected) => {
    expect(cgroupAvailableBytes(await cgroups(membership, files))).toBe(expected);
  });

  it("of version 1 without a limit is more than any machine has", async () => {
    const files = await cgroups("9:memory:/", { "memory/memory.limit_in_bytes": UNLIMITED_V1 });
    expect(cgroupAvailableBytes(files)).toBeGreaterThan(2 ** 60);
  });
});
