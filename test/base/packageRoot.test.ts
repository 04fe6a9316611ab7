import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findPackage, packageRoot, runsFromPackage } from "../../src/base/packageRoot.ts";
import { VERSION } from "../../src/base/version.ts";
import { useFolders } from "../support/folders.ts";
import { repository } from "../support/runCli.ts";

const newFolder = useFolders();

/** Puts a package.json into a folder. */
async function addManifest(folder: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), text);
  return folder;
}

const manifest = JSON.stringify({ name: "nafnet", version: VERSION });

it("is the repository's folder here, above this very code", () => {
  expect(join(packageRoot("ENGINE_FAILED"), "/")).toBe(repository);
  expect(runsFromPackage()).toBe(true);
});

it("is found above the code and in node_modules above it, past other packages", async () => {
  const project = await newFolder();
  await addManifest(project, JSON.stringify({ name: "program", version: VERSION }));
  await addManifest(join(project, "out"), "{ not JSON");
  const own = await addManifest(join(project, "node_modules", "nafnet"), manifest);
  expect(findPackage([join(project, "out", "bundle.js")])).toBe(own);
  expect(findPackage([join(own, "dist", "index.js")])).toBe(own);
});

it("is not another version", async () => {
  const project = await newFolder();
  const other = JSON.stringify({ name: "nafnet", version: `${VERSION}-other` });
  await addManifest(join(project, "node_modules", "nafnet"), other);
  expect(findPackage([join(project, "bundle.js")])).toBeUndefined();
});

it("is the first of several places", async () => {
  const [first, second] = [await newFolder(), await newFolder()];
  const own = await addManifest(join(second, "node_modules", "nafnet"), manifest);
  expect(findPackage([join(first, "bundle.js"), join(second, "program")])).toBe(own);
});

it("is unpacked where it lies in an Electron archive, and in it where it is not", async () => {
  const app = await newFolder();
  const code = join(app, "app.asar", "node_modules", "nafnet", "dist", "index.js");
  const packed = await addManifest(join(app, "app.asar", "node_modules", "nafnet"), manifest);
  expect(findPackage([code])).toBe(packed);
  const unpacked = join(app, "app.asar.unpacked", "node_modules", "nafnet");
  await addManifest(unpacked, manifest);
  expect(findPackage([code])).toBe(unpacked);
});
