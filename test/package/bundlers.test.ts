/**
 * Programs in a bundle: with the package left out of it, as docs/library.md advises, and with it inside, where the
 * package's files lie beside the bundle and where there are none.
 */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import webpack from "webpack";
import { defaultWeights } from "../../src/restoration/tasks.ts";
import { type InstalledPackage, installPackage } from "../support/installPackage.ts";
import { noisyPng } from "../support/pictures.ts";

const run = promisify(execFile);

/** Prints the engine, or the error's code and message, as JSON. */
const PROGRAM = `
  import { NafnetError, restore } from "nafnet";
  const [picture, options, output] = process.argv.slice(2);
  restore(picture, "denoise", JSON.parse(options)).then(
    async (restored) => {
      await restored.save(output);
      await restored.save(output + ".jpg"); // by libjpeg-turbo, which finds its WebAssembly by itself
      console.log(JSON.stringify({ engine: restored.receipt.engine }));
    },
    (error) => {
      if (!(error instanceof NafnetError)) throw error;
      console.log(JSON.stringify({ code: error.code, message: error.message }));
    },
  );
`;

/** What the program prints. */
type Printed = { readonly engine: string } | { readonly code: string; readonly message: string };

/** A way to bundle `main.js` of a folder into `bundle/`. */
interface Bundler {
  readonly name: string;
  /** The bundle's file. */
  readonly file: string;
  /** Whether the package is left out. */
  readonly external: boolean;
  bundle(folder: string): Promise<unknown>;
}

const bundlers: readonly Bundler[] = [
  esbuild("esm", true),
  esbuild("cjs", true),
  // The CommonJS packages in it want what CommonJS has.
  esbuild("esm", false, {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url), __dirname = import.meta.dirname;',
  }),
  esbuild("cjs", false),
  webpackTo("mjs", true),
  webpackTo("cjs", true),
  webpackTo("mjs", false),
  webpackTo("cjs", false),
];

function esbuild(
  format: "esm" | "cjs",
  external: boolean,
  banner: BuildOptions["banner"] = {},
): Bundler {
  const file = `out.${format === "esm" ? "mjs" : "cjs"}`;
  return {
    name: `esbuild to ${format}${external ? ", nafnet external" : ""}`,
    file,
    external,
    bundle: (folder) =>
      build({
        entryPoints: [join(folder, "main.js")],
        outfile: join(folder, "bundle", file),
        ...{ bundle: true, platform: "node", format, banner, minify: true, logLevel: "error" },
        external: external ? ["nafnet"] : [],
        logOverride: { "empty-import-meta": "silent" },
      }),
  };
}

function webpackTo(extension: "mjs" | "cjs", external: boolean): Bundler {
  const file = `out.${extension}`;
  const module = extension === "mjs";
  return {
    name: `webpack to ${extension}${external ? ", nafnet external" : ""}`,
    file,
    external,
    async bundle(folder) {
      const compiler = webpack({
        mode: "production",
        optimization: { minimize: false }, // it takes a minute, and esbuild's bundles are minified
        target: "node20",
        context: folder,
        entry: "./main.js",
        output: { path: join(folder, "bundle"), filename: file, module },
        experiments: { outputModule: module },
        externalsType: module ? "module" : "import",
        externals: external ? ["nafnet"] : [],
      });
      if (compiler === null) throw new Error("webpack gives no compiler.");
      const stats = await promisify(compiler.run.bind(compiler))();
      await promisify(compiler.close.bind(compiler))();
      expect(stats?.toString({ all: false, errors: true, warnings: true })).toBe("");
    },
  };
}

describe("a bundled program", () => {
  let scratch: string;
  let installed: InstalledPackage | string;
  let expected: Uint8Array;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "nafnet-bundlers-"));
    installed = await installPackage(scratch);
    if (typeof installed === "string") return;
    const { folder } = installed;
    await writeFile(join(folder, "main.js"), PROGRAM);
    await writeFile(join(folder, "small.png"), noisyPng(40, 32));
    await start(join(folder, "main.js"), folder);
    expected = await readFile(join(folder, "restored.png"));
  }, 300_000);
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  /** Runs a program on the picture in its folder. */
  async function start(program: string, folder: string, options: object = {}): Promise<Printed> {
    const picture = join(folder, "small.png");
    const output = join(folder, "restored.png");
    await rm(output, { force: true });
    const arguments_ = [program, picture, JSON.stringify(options), output];
    const { stdout } = await run(process.execPath, arguments_, { cwd: folder });
    return JSON.parse(stdout) as Printed; // written by PROGRAM
  }

  describe.each(bundlers)("$name", ({ file, external, bundle }) => {
    it("restores where node_modules is above it", { timeout: 120_000 }, async (context) => {
      if (typeof installed === "string") return context.skip(installed);
      const { folder } = installed;
      await rm(join(folder, "bundle"), { recursive: true, force: true });
      await bundle(folder);
      expect(await start(join(folder, "bundle", file), folder)).toEqual({ engine: "wasm" });
      expect(await readFile(join(folder, "restored.png"))).toEqual(expected);
    });

    if (external) return; // it takes the package along, or fails as Node does

    it("says what is missing where the package is not", async (context) => {
      if (typeof installed === "string") return context.skip(installed);
      const elsewhere = await deployed(installed.folder);
      const program = join(elsewhere, "bundle", file);
      await hidden(installed.folder, async () => {
        expect(await start(program, elsewhere)).toEqual({
          code: "WEIGHTS_MISSING",
          message: expect.stringMatching(
            /^The files of nafnet .*"Bundlers" in docs\/library\.md\.$/,
          ),
        });
        const options = { weights: defaultWeights("denoise"), engine: "wasm" };
        expect(await start(program, elsewhere, options)).toEqual({
          code: "ENGINE_UNAVAILABLE",
          message: expect.stringContaining('see "Bundlers" in docs/library.md.'),
        });
      });
    });

    it("restores where the package alone is beside it", async (context) => {
      if (typeof installed === "string") return context.skip(installed);
      const elsewhere = await deployed(installed.folder);
      const own = join(installed.folder, "node_modules", "nafnet");
      await cp(own, join(elsewhere, "node_modules", "nafnet"), { recursive: true });
      await hidden(installed.folder, async () => {
        const program = join(elsewhere, "bundle", file);
        expect(await start(program, elsewhere)).toEqual({ engine: "wasm" });
      });
      expect(await readFile(join(elsewhere, "restored.png"))).toEqual(expected);
    });
  });

  /** The bundle and the picture in a folder of their own, as on another machine. */
  async function deployed(folder: string): Promise<string> {
    const elsewhere = await mkdtemp(join(scratch, "deployed-"));
    await cp(join(folder, "bundle"), join(elsewhere, "bundle"), { recursive: true });
    await cp(join(folder, "small.png"), join(elsewhere, "small.png"));
    return elsewhere;
  }

  it("finds the copy that an Electron archive has unpacked", async (context) => {
    if (typeof installed === "string") return context.skip(installed);
    // Folders in place of the archive, which only Electron reads; it has no files for threads and addons.
    const archive = join(scratch, "app.asar");
    const unpacked = join(scratch, "app.asar.unpacked", "node_modules", "nafnet");
    await cp(installed.folder, archive, { recursive: true });
    await mkdir(join(unpacked, ".."), { recursive: true });
    await rename(join(archive, "node_modules", "nafnet"), unpacked);
    const left = join(archive, "node_modules", "nafnet");
    await cp(unpacked, left, { recursive: true });
    await rm(join(left, "weights"), { recursive: true });
    await rm(join(left, "dist", "wasm"), { recursive: true });
    await rm(join(left, "dist", "wasm-worker.js"));
    expect(await start(join(archive, "main.js"), archive)).toEqual({ engine: "wasm" });
  });
});

/** Does something while a project's node_modules cannot be found. */
async function hidden(folder: string, work: () => Promise<void>): Promise<void> {
  await rename(join(folder, "node_modules"), join(folder, "hidden"));
  try {
    await work();
  } finally {
    await rename(join(folder, "hidden"), join(folder, "node_modules"));
  }
}
