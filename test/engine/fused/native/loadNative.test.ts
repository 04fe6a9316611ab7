import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadNative } from "../../../../src/engine/fused/native/loadNative.ts";
import type { Host } from "../../../../src/engine/fused/native/thisHost.ts";
import { rejectionOf } from "../../../support/errors.ts";
import { useFolders } from "../../../support/folders.ts";

const newFolder = useFolders();

const linux: Host = { platform: "linux", arch: "x64", libc: "glibc" };

describe("loadNative, where nothing loads", () => {
  it("says what each place lacks and what to do", async () => {
    const root = await newFolder();
    const error = await rejectionOf(loadNative(root, linux));
    expect(error.code).toBe("ENGINE_UNAVAILABLE");
    expect(error.message.split("\n")).toEqual([
      "No native binding for linux x64 (glibc) can be loaded.",
      `  local build: ${join(root, "build", "Release", "nafnet.node")} does not exist`,
      `  prebuilt: ${join(root, "prebuilds", "linux-x64", "nafnet.node")} does not exist`,
      "Possible solutions:",
      expect.stringMatching(/^- reinstall: /),
      expect.stringMatching(/^- in a clone: /),
      expect.stringMatching(/^- go on without: engine "wasm"/),
    ]);
  });

  it("tells musl from glibc", async () => {
    const error = await rejectionOf(loadNative(await newFolder(), { ...linux, libc: "musl" }));
    expect(error.message).toContain("linux x64 (musl)");
    expect(error.message).toContain("use an image with glibc");
    expect(error.message).not.toContain("reinstall");
  });

  it("promises no prebuilt binding where there is none", async () => {
    const host: Host = { platform: "freebsd", arch: "riscv64", libc: undefined };
    const error = await rejectionOf(loadNative(await newFolder(), host));
    expect(error.message).toContain("No native binding for freebsd riscv64 can");
    expect(error.message).not.toContain("reinstall");
  });

  it("goes on after a file that is no binding, and says why it is none", async () => {
    const root = await newFolder();
    const file = await place(root, ["build", "Release"], "not a shared library");
    const error = await rejectionOf(loadNative(root, linux));
    expect(error.message).toContain(`  local build: ${file}: `);
    expect(error.message).toContain("  prebuilt: ");
  });
});

async function place(root: string, folders: readonly string[], text: string): Promise<string> {
  const folder = join(root, ...folders);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "nafnet.node"), text);
  return join(folder, "nafnet.node");
}
