/** The limit on the address space: /proc's files as Linux writes them. */

import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { addressSpaceLeft } from "../../src/base/addressSpace.ts";
import { useFolders } from "../support/folders.ts";

const newFolder = useFolders();

async function proc(limit: string): Promise<string> {
  const folder = await newFolder();
  const line = (name: string, soft: string) =>
    `${name.padEnd(26)}${soft.padEnd(21)}unlimited  bytes \n`;
  await writeFile(
    `${folder}/limits`,
    line("Limit", "Soft Limit") + line("Max data size", "7") + line("Max address space", limit),
  );
  await writeFile(`${folder}/status`, "Name:\tnode\nVmPeak:\t 900000 kB\nVmSize:\t  761856 kB\n");
  return folder;
}

describe.skipIf(process.platform !== "linux")("addressSpaceLeft", () => {
  it("is what the limit leaves", async () => {
    expect(addressSpaceLeft(await proc("4096000000"))).toBe(4_096_000_000 - 761_856 * 1024);
    expect(addressSpaceLeft(await proc("1000"))).toBe(0);
  });

  it("is infinite without a limit, and where nothing tells of one", async () => {
    expect(addressSpaceLeft(await proc("unlimited"))).toBe(Infinity);
    expect(addressSpaceLeft(await newFolder())).toBe(Infinity);
  });
});
