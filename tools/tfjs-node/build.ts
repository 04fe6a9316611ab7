#!/usr/bin/env node
/**
 * Builds the native binding of @tensorflow/tfjs-node or tfjs-node-gpu for a project; see README.md beside this file.
 *
 *     npx nafnet-tfjs-node [--gpu] [--project DIR] [--if-available]
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import util, { parseArgs } from "node:util";
import { NotAvailable, run, step, wasInterrupted } from "./run.ts";
import {
  cpuWheel,
  gpuWheel,
  type TensorflowLibrary,
  tensorflowLibrary,
  tensorflowVersion,
} from "./tensorflowLibrary.ts";

/** The packages' version. Their bindings are one source; the library decides whether there are GPUs. */
const tfjsNodeVersion = "4.22.0";
/** Version of Node-API's four headers, all that is needed: a C interface that is stable over Node's versions. */
const headersVersion = "1.9.0";
const napiVersion = 8; // the newest that tfjs-node's package.json lists, and so where it looks

const headersPackage = "node-api-headers/package.json";

const selfTest = `
const tf = require(process.argv[1]);
const product = [...tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync()];
if (product.join() !== "19,22,43,50") throw new Error("matMul gave " + product);
if (require("@tensorflow/tfjs-core").getBackend() !== "tensorflow") throw new Error("two copies of tfjs-core");
const gpu = tf.backend().isUsingGpuDevice ? "on a GPU" : "on the processor";
console.log("tfjs-core " + tf.version["tfjs-core"] + ", Node " + process.version + ", " + gpu);
`;

async function build(projectDir: string, gpu: boolean): Promise<string> {
  if (!existsSync(join(projectDir, "package.json"))) {
    throw new Error(`Expected a project but ${projectDir} has no package.json`); // npm would take its parent
  }
  checkMachine();
  const name = gpu ? "tfjs-node-gpu" : "tfjs-node";
  const packageName = `@tensorflow/${name}`;
  const packageDir = await installPackage(projectDir, packageName);
  const cacheRoot = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const cacheDir = join(cacheRoot, "nafnet", name, tfjsNodeVersion);
  const tensorflow = await tensorflowLibrary(cacheDir, gpu ? gpuWheel : cpuWheel);
  const headers = createRequire(join(projectDir, "package.json")).resolve(headersPackage);
  const includeDir = join(dirname(headers), "include");
  const binding = await compiledBinding(cacheDir, packageDir, includeDir, tensorflow);
  await place(binding, packageDir, tensorflow);
  const versions = await run(process.execPath, ["-e", selfTest, packageName], {
    cwd: projectDir,
    env: { TF_CPP_MIN_LOG_LEVEL: "2" }, // without TensorFlow's greeting
  });
  return `${packageName} ${tfjsNodeVersion} works in ${projectDir}: TensorFlow ${tensorflowVersion}, ${versions.trim()}`;
}

function checkMachine(): void {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new NotAvailable(
      `the TensorFlow library is for linux x64 but this is ${process.platform} ${process.arch}`,
    );
  }
  if (!("isNullOrUndefined" in util)) {
    throw new NotAvailable(
      `tfjs-node ${tfjsNodeVersion} calls util.isNullOrUndefined, which Node ${process.version} no longer has: use Node 20 or 22`,
    );
  }
}

/** Installs the package without its install script, which would download from a closed host. */
async function installPackage(projectDir: string, packageName: string): Promise<string> {
  const packageDir = join(projectDir, "node_modules", packageName);
  if (await isInstalled(packageDir)) {
    console.log(`${packageName} ${tfjsNodeVersion}: already in ${projectDir}`);
  } else {
    await step(`Installing ${packageName} ${tfjsNodeVersion} in ${projectDir}`, async () => {
      const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
      // As a devDependency: npm leaves out what the project itself lists as an optional peer. Nothing is saved.
      flags.push("--save-dev");
      const specs = [`${packageName}@${tfjsNodeVersion}`, `node-api-headers@${headersVersion}`];
      try {
        await run("npm", ["install", ...flags, ...specs], { cwd: projectDir });
      } catch (error) {
        throw new NotAvailable(`${specs[0]} cannot be installed: ${messageOf(error)}`, {
          cause: error,
        });
      }
    });
    if (!(await isInstalled(packageDir))) {
      throw new Error(`npm did not put ${packageName} ${tfjsNodeVersion} into ${packageDir}`);
    }
  }
  checkOneCore(projectDir, packageDir);
  return packageDir;
}

async function isInstalled(packageDir: string): Promise<boolean> {
  const file = join(packageDir, "package.json");
  if (!existsSync(file)) return false;
  const manifest: { version?: unknown } = JSON.parse(await readFile(file, "utf8"));
  return manifest.version === tfjsNodeVersion;
}

/** Checks that there is one tfjs-core: tensors and backends of one copy are unknown to another. */
function checkOneCore(projectDir: string, packageDir: string): void {
  const core = "@tensorflow/tfjs-core/package.json";
  const own = createRequire(join(projectDir, "package.json")).resolve(core);
  const union = createRequire(join(packageDir, "package.json")).resolve("@tensorflow/tfjs");
  const seen = createRequire(union).resolve(core);
  if (seen !== own || existsSync(join(packageDir, "node_modules", "@tensorflow"))) {
    throw new Error(
      `Expected one copy of tfjs-core but the project has ${dirname(own)} and ${packageDir} ${dirname(seen)}: install every @tensorflow package at ${tfjsNodeVersion}`,
    );
  }
}

/** The compiled binding from the cache, compiled first where it is not there yet. */
async function compiledBinding(
  cacheDir: string,
  packageDir: string,
  includeDir: string,
  tensorflow: TensorflowLibrary,
): Promise<string> {
  const folder = `binding-napi-v${napiVersion}-tensorflow-${tensorflowVersion}`;
  const cached = join(cacheDir, folder, "tfjs_binding.node");
  if (existsSync(cached)) {
    console.log(`The binding: in the cache, ${cached}`);
    return cached;
  }
  await requireCompiler();
  await mkdir(dirname(cached), { recursive: true });
  const scratch = await mkdtemp(join(cacheDir, "incomplete-"));
  try {
    const output = join(scratch, "tfjs_binding.node");
    await step("Compiling the binding", () => compile(packageDir, includeDir, tensorflow, output));
    await rename(output, cached);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return cached;
}

async function requireCompiler(): Promise<void> {
  try {
    await run("g++", ["--version"]);
  } catch (error) {
    throw new NotAvailable("g++ is missing: install it (Debian, Ubuntu: apt install g++)", {
      cause: error,
    });
  }
}

async function compile(
  packageDir: string,
  includeDir: string,
  tensorflow: TensorflowLibrary,
  output: string,
): Promise<void> {
  await run("g++", [
    ...["-std=c++17", "-O2", "-shared", "-fPIC", `-DNAPI_VERSION=${napiVersion}`],
    ...["-I", includeDir, "-I", tensorflow.includeDir],
    join(packageDir, "binding", "tfjs_backend.cc"),
    join(packageDir, "binding", "tfjs_binding.cc"),
    ...tensorflow.libraries,
    "-Wl,-rpath,$ORIGIN/../../deps/lib", // where tfjs-node's own build looks, too
    ...["-o", output],
  ]);
}

/** Puts the binding where tfjs-node looks for it, and links to the libraries where the binding looks. */
async function place(
  binding: string,
  packageDir: string,
  tensorflow: TensorflowLibrary,
): Promise<void> {
  const bindingDir = join(packageDir, "lib", `napi-v${napiVersion}`);
  const libraryDir = join(packageDir, "deps", "lib");
  await mkdir(bindingDir, { recursive: true });
  await mkdir(libraryDir, { recursive: true });
  await copyFile(binding, join(bindingDir, "tfjs_binding.node"));
  for (const library of tensorflow.libraries) {
    const link = join(libraryDir, basename(library));
    await rm(link, { force: true });
    await symlink(library, link);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

let ifAvailable = false;
try {
  const { values } = parseArgs({
    options: {
      gpu: { type: "boolean", default: false },
      project: { type: "string", default: "." },
      "if-available": { type: "boolean", default: false },
    },
  });
  ifAvailable = values["if-available"];
  console.log(await build(resolve(values.project), values.gpu));
} catch (error) {
  if (wasInterrupted()) {
    console.error("error: interrupted; run it again to go on");
    process.exitCode = 130;
  } else if (ifAvailable && error instanceof NotAvailable) {
    console.log(`skipped: ${error.message}`);
  } else {
    console.error(`error: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
