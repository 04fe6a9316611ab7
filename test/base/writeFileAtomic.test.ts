import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFileAtomic } from "../../src/base/writeFileAtomic.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nafnet-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("writeFileAtomic", () => {
  it("writes, makes folders, replaces, and leaves nothing else", async () => {
    const path = join(folder, "a", "b", "out.png");
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    await writeFileAtomic(path, Uint8Array.of(4));
    expect([...(await readFile(path))]).toEqual([4]);
    expect(await readdir(join(folder, "a", "b"))).toEqual(["out.png"]);
  });

  it("survives writers of the same file at the same time", async () => {
    const path = join(folder, "out.bin");
    const versions = [1, 2, 3, 4].map((value) => new Uint8Array(100_000).fill(value));
    await Promise.all(versions.map((bytes) => writeFileAtomic(path, bytes)));
    const written = new Uint8Array(await readFile(path));
    expect(written.length).toBe(100_000);
    expect(new Set(written).size).toBe(1);
    expect(await readdir(folder)).toEqual(["out.bin"]);
  });

  it("fails with the cause, and takes the temporary file away", async () => {
    const path = join(folder, "taken");
    await mkdir(join(path, "full"), { recursive: true });
    await expect(writeFileAtomic(path, Uint8Array.of(1))).rejects.toMatchObject({
      name: "NafnetError",
      code: "OUTPUT_FAILED",
      message: expect.stringContaining(path),
      cause: expect.any(Error),
    });
    expect(await readdir(folder)).toEqual(["taken"]);
  });

  it("fails where a file is in the way of a folder", async () => {
    await writeFile(join(folder, "file"), "");
    const path = join(folder, "file", "out.png");
    await expect(writeFileAtomic(path, Uint8Array.of(1))).rejects.toMatchObject({
      code: "OUTPUT_FAILED",
      cause: expect.any(Error),
    });
  });
});
