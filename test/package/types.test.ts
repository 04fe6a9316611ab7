/** The package's types in programs of users who check libraries, too (`skipLibCheck: false`). */

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { type InstalledPackage, installPackage } from "../support/installPackage.ts";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

const PROGRAM = `
  import { createRestorer, type ImageSource, NafnetError, type Receipt, restore } from "nafnet";

  export async function clean(source: ImageSource, signal: AbortSignal): Promise<Receipt> {
    const restored = await restore(source, "denoise", { strength: 0.5, signal });
    const tensor = await restored.toTensor();
    tensor.dispose();
    return restored.receipt;
  }

  export async function codeOf(): Promise<string | undefined> {
    try {
      using restorer = await createRestorer("auto", { engine: "wasm" });
      await restorer.restore({ data: new Uint8ClampedArray(4), width: 1, height: 1 });
    } catch (error) {
      return error instanceof NafnetError ? error.code : undefined;
    }
  }
`;

const WITH_LAYERS = `
  import type { Tensor3D } from "@tensorflow/tfjs-core";
  import { restore } from "nafnet";
  import { buildNAFNet } from "nafnet/layers";

  export const tensor: Tensor3D = await (await restore("a.png", "denoise")).toTensor<Tensor3D>();
  export const parameters = buildNAFNet({
    imgChannel: 3,
    width: 8,
    encBlkNums: [1],
    middleBlkNum: 1,
    decBlkNums: [1],
    attention: { kind: "sca" },
  }).countParams();
`;

let scratch: string;
let installed: InstalledPackage | string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "nafnet-types-"));
  const types = `@types/node@${packageJson.devDependencies["@types/node"]}`;
  installed = await installPackage(scratch, [types]);
}, 300_000);
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** The errors that tsc prints for a program, a line each. */
async function errorsOf(folder: string, program: string, options: object): Promise<string[]> {
  await writeFile(join(folder, "program.ts"), program);
  const compilerOptions = {
    ...{ strict: true, skipLibCheck: false, noEmit: true, types: ["node"], lib: ["es2023"] },
    ...{ target: "es2022", exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...options,
  };
  const project = JSON.stringify({ compilerOptions, files: ["program.ts"] });
  await writeFile(join(folder, "tsconfig.json"), project);
  const stdout = await new Promise<string>((resolve) => {
    execFile(process.execPath, [tsc, "--pretty", "false"], { cwd: folder }, (_, output) =>
      resolve(output),
    );
  });
  return stdout.split("\n").filter((line) => line !== "");
}

// A tsc takes seconds: each resolution once, one of them beside a browser's types.
const ways = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler", lib: ["es2023", "dom"] },
];

it.for(ways)("compile, with module $module", async (options, context) => {
  if (typeof installed === "string") return context.skip(installed);
  expect(await errorsOf(installed.folder, PROGRAM, options)).toEqual([]);
});

it("of layers have no errors but those of tfjs", async (context) => {
  if (typeof installed === "string") return context.skip(installed);
  const { folder } = installed;
  const options = { module: "nodenext", lib: ["es2023", "dom"] };
  expect(await errorsOf(folder, WITH_LAYERS, { ...options, skipLibCheck: true })).toEqual([]);
  const errors = await errorsOf(folder, WITH_LAYERS, options);
  const files = errors.flatMap((line) => /^(\S+)\(\d+,\d+\): /.exec(line)?.[1] ?? []);
  expect(files.length).toBeGreaterThan(0); // else layers may be compiled as the others above
  expect(files.filter((file) => /^program|nafnet\/dist/.test(file))).toEqual([]);
});
