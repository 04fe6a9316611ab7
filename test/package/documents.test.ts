/**
 * The packed tarball, installed in an empty folder, runs the documents: their programs and their commands.
 * npm fetches the peer dependencies; where it cannot, the tests are skipped with the reason.
 */

import { exec, execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readImage } from "../../src/io/readImage.ts";
import { type InstalledPackage, installPackage } from "../support/installPackage.ts";
import { noisyPng } from "../support/pictures.ts";
import { writeTinyWeights } from "../support/tinyWeights.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** The contents of a document's code blocks, with their language. */
async function blocksOf(document: string): Promise<{ language: string; text: string }[]> {
  const markdown = await readFile(join(root, document), "utf8");
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
}

/** Programs and commands that a reader can run; checkpoints, which a command names by .pth, are not had here. */
const documents = await Promise.all(
  ["README.md", "docs/library.md", "docs/cli.md"].map(async (name) => {
    const blocks = await blocksOf(name);
    return {
      name,
      programs: blocks.filter(({ language }) => language === "js" || language === "ts"),
      commands: blocks
        .filter(({ language }) => language === "sh")
        .flatMap(({ text }) => text.split("\n"))
        .filter((line) => /^(npx )?nafnet /.test(line))
        .map((line) => line.replace(/\s+#.*/, "").replace(/^npx /, ""))
        .filter((line) => !line.includes(".pth")),
    };
  }),
);

/** The pictures and weights that the documents speak of. */
async function prepare(folder: string): Promise<void> {
  await cp(join(root, "examples"), folder, { recursive: true });
  await mkdir(join(folder, "holiday", "beach"), { recursive: true });
  for (const name of ["torn.png", "holes.png", "holiday/1.png", "holiday/beach/2.png"]) {
    await writeFile(join(folder, name), noisyPng(40, 32));
  }
  const fixtures = join(root, "test", "fixtures", "checkpoints");
  await cp(join(fixtures, "training-zip.pth"), join(folder, "checkpoints", "one.pth"));
  await writeTinyWeights(join(folder, "inpaint"), { imgChannel: 4 });
  await writeTinyWeights(join(folder, "gopro"));
}

describe("the packed tarball", () => {
  let scratch: string;
  let installed: InstalledPackage | string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "nafnet-package-"));
    installed = await installPackage(scratch);
    if (typeof installed !== "string") await prepare(installed.folder);
  }, 300_000);
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  it("holds the built library, the weights, the bindings and the documents, and nothing else", (context) => {
    if (typeof installed === "string") return context.skip(installed);
    const { files } = installed;
    const documents = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    const others = files.filter(
      (path) => !/^((dist|weights)\/|prebuilds\/[^/]+\/nafnet\.node$)/.test(path),
    );
    expect(others.sort()).toEqual(documents);
    for (const path of ["dist/index.js", "dist/layers.d.ts", "weights/denoise/model.json"]) {
      expect(files).toContain(path);
    }
    for (const path of ["wasm/nafnet.wasm", "wasm/nafnet-threads.wasm", "wasm-worker.js"]) {
      expect(files).toContain(`dist/${path}`);
    }
  });

  it("has layers that import tfjs and nothing of Node, so that they bundle for browsers", async (context) => {
    if (typeof installed === "string") return context.skip(installed);
    const dist = join(installed.folder, "node_modules", "nafnet", "dist");
    const imported = await importsOf(join(dist, "layers.js"));
    expect([...imported].sort()).toEqual(["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers"]);
  });

  describe.each(documents)("runs $name:", ({ name, programs, commands }) => {
    it("there is something to run", () => {
      expect(programs.length + commands.length).toBeGreaterThanOrEqual(7);
    });

    it.for(programs.map((program, i) => ({ number: i + 1, ...program })))(
      "program $number",
      { timeout: 120_000 },
      async ({ number, language, text }, context) => {
        if (typeof installed === "string") return context.skip(installed);
        const file = join(installed.folder, `${basename(name, ".md")}-${number}.${language}`);
        await writeFile(file, text);
        const loader = language === "ts" ? ["--import", tsx] : [];
        await run(process.execPath, [...loader, file], { cwd: installed.folder });
      },
    );

    it.for(commands)("%s", { timeout: 120_000 }, async (command, context) => {
      if (typeof installed === "string") return context.skip(installed);
      // By a shell: < and > are a part of them.
      await promisify(exec)(`npx --no-install ${command}`, { cwd: installed.folder });
    });
  });

  it("has restored the picture of the first program", async (context) => {
    if (typeof installed === "string") return context.skip(installed);
    const before = (await readImage(join(installed.folder, "portrait.png"))).raster;
    const after = (await readImage(join(installed.folder, "clean.png"))).raster;
    expect([after.width, after.height]).toEqual([before.width, before.height]);
    // 0.69 was measured; a picture that was merely copied gives 1.
    expect(roughness(after)).toBeLessThan(0.75 * roughness(before));
  });
});

/** The packages that a built file imports, itself or through others beside it. */
async function importsOf(file: string, seen: Set<string> = new Set()): Promise<Set<string>> {
  const packages = new Set<string>();
  seen.add(file);
  const source = await readFile(file, "utf8");
  for (const [, specifier = ""] of source.matchAll(/^(?:import|export)\b.*?"([^"]+)";$/gm)) {
    if (!specifier.startsWith(".")) {
      packages.add(specifier);
      continue;
    }
    const next = join(file, "..", specifier);
    if (seen.has(next)) continue;
    for (const name of await importsOf(next, seen)) packages.add(name);
  }
  return packages;
}

/** Mean difference between neighbouring values of a row, which grain raises and denoising lowers. */
function roughness({ data, channels }: { data: ArrayLike<number>; channels: number }): number {
  let sum = 0;
  for (let i = channels; i < data.length; i++) sum += Math.abs(data[i]! - data[i - channels]!);
  return sum / data.length;
}
