/**
 * The choice among tfjs's backends, as `nafnet doctor` and receipts tell it, with packages that stand in for
 * @tensorflow/tfjs-node-gpu and @tensorflow/tfjs-node whether those are installed or not.
 */

import { writeFile } from "node:fs/promises";
import { version_core } from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { TENSORFLOW_ON_GPU } from "../../../src/engine/tfjs/backend.ts";
import { limitBytes } from "../../../src/engine/tfjs/memoryLimits.ts";
import type { Receipt } from "../../../src/restoration/Receipt.ts";
import { noisyPng } from "../../support/pictures.ts";
import { lines, repository, runBuiltCli } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const GPU = "@tensorflow/tfjs-node-gpu";
const CPU = "@tensorflow/tfjs-node";

type Behaviour =
  | "absent"
  | "no library"
  | "no start"
  | "another core"
  | "no sum"
  | "processor"
  | "gpu";

/** Does what the packages do, in their order, with the kernels of tfjs-backend-cpu. */
const STAND_IN = `
import cpu from "@tensorflow/tfjs-backend-cpu";
import tf from "@tensorflow/tfjs-core";
const { name, behaviour } = Object.fromEntries(new URL(import.meta.url).searchParams);
console.error(name + ", TF32 " + process.env.NVIDIA_TF32_OVERRIDE);
if (behaviour !== "another core") tf.copyRegisteredKernels("cpu", "tensorflow");
if (behaviour === "no library") throw new Error("libtensorflow_cc.so.2: cannot open shared object file\\nat");
class Backend extends cpu.MathBackendCPU {
  firstUse = false; // no greeting
  isGPUPackage = name.endsWith("-gpu");
  isUsingGpuDevice = behaviour === "gpu";
}
const start = () => {
  if (behaviour === "no start") throw { message: "no context" }; // tfjs prints it
  return new Backend();
};
if (behaviour !== "another core") {
  if (behaviour === "no sum") tf.unregisterKernel("Add", "tensorflow");
  tf.registerBackend("tensorflow", start, 3);
  void tf.setBackend("tensorflow");
}
`;

/** Lets the command's processes find stand-ins in place of the packages. */
function standIn(behaviours: Readonly<Record<string, Behaviour>>): void {
  const url = new URL("stand-in.js", import.meta.url).href; // beside this file, where tfjs-core is found
  const hooks = `
    const behaviours = ${JSON.stringify(behaviours)};
    export function resolve(name, context, next) {
      const behaviour = behaviours[name];
      if (behaviour === undefined) return next(name, context);
      if (behaviour === "absent") throw Object.assign(new Error(name), { code: "ERR_MODULE_NOT_FOUND" });
      return { url: ${JSON.stringify(url)} + "?" + new URLSearchParams({ name, behaviour }), shortCircuit: true };
    }
    export function load(url, context, next) {
      if (!url.startsWith(${JSON.stringify(url)})) return next(url, context);
      return { format: "module", source: ${JSON.stringify(STAND_IN)}, shortCircuit: true };
    }`;
  const registration = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(hooks))});`;
  vi.stubEnv("NODE_OPTIONS", `--import ${dataUrl(registration)}`);
}

function dataUrl(script: string): string {
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

const at = temporaryFolder();
afterEach(() => vi.unstubAllEnvs());

const NO_LIBRARY = "not used: libtensorflow_cc.so.2: cannot open shared object file";
const NO_GPU_LIBRARY = `${GPU}: ${NO_LIBRARY}`;
const NO_CPU_LIBRARY = `${CPU}: ${NO_LIBRARY}`;
const NO_GPU_PACKAGE = `${GPU}: not used: not installed; npx nafnet-tfjs-node --gpu builds it on Linux x64, for NVIDIA's GPUs`;
const NO_PACKAGE = `${CPU}: not used: not installed; npx nafnet-tfjs-node builds it on Linux x64`;
const NO_GPU =
  "GPU: not used: TensorFlow finds none that it can use; TF_CPP_MIN_LOG_LEVEL=0 makes it say why";
const NO_START = `${GPU}: not used: its backend does not start`;
const NO_SUM = `${GPU}: not used: it fails on Node ${process.version}, and is known to run on 20 and 22: Kernel 'Add' not registered for backend 'tensorflow'`;
const OTHER_CORE = `${GPU}: not used: it has another copy of @tensorflow/tfjs-core: install every @tensorflow package at one version`;
const LOADS_GPU = `${GPU}, TF32 0`;
const LOADS_CPU = `${CPU}, TF32 0`;
const TFJS_SAYS = ["Initialization of backend tensorflow failed", "no context"];
/** Where the backend does not start: tfjs tells it when the package tries, and when we do. */
const TELLS_OF_START = [LOADS_GPU, ...TFJS_SAYS, ...TFJS_SAYS, LOADS_CPU];

describe("TensorFlow's packages", () => {
  it.each<[Behaviour, Behaviour, string, string[], string[]]>([
    ["gpu", "processor", "tensorflow on a GPU", [], [LOADS_GPU]],
    ["processor", "processor", "tensorflow", [NO_GPU], [LOADS_GPU]],
    ["absent", "processor", "tensorflow", [NO_GPU_PACKAGE], [LOADS_CPU]],
    ["no library", "processor", "tensorflow", [NO_GPU_LIBRARY], [LOADS_GPU, LOADS_CPU]],
    ["no start", "processor", "tensorflow", [NO_START], TELLS_OF_START],
    ["no sum", "processor", "tensorflow", [NO_SUM], [LOADS_GPU, LOADS_CPU]],
    ["another core", "absent", "wasm", [OTHER_CORE, NO_PACKAGE], [LOADS_GPU]],
    ["no library", "no library", "wasm", [NO_GPU_LIBRARY, NO_CPU_LIBRARY], [LOADS_GPU, LOADS_CPU]],
    ["absent", "absent", "wasm", [NO_GPU_PACKAGE, NO_PACKAGE], []],
  ])("-gpu: %s, the other: %s: doctor has %s", async (gpu, cpu, backend, notes, loads) => {
    standIn({ [GPU]: gpu, [CPU]: cpu });
    const { exitCode, stdout, stderr } = await runBuiltCli(["doctor"], repository);
    expect(exitCode).toBe(0);
    expect(lines(stdout).filter((line) => /tfjs|GPU/.test(line))).toEqual([
      `ok   engine tfjs: tfjs-core ${version_core}, backend ${backend}`,
      ...notes.map((note) => `     ${note}`),
    ]);
    // No package is loaded beside one that works, and none finds what another has left: tfjs would warn of it.
    expect(lines(stderr)).toEqual(loads);
  });

  it("on a GPU: the receipt says so, and the machine's memory is no limit", async () => {
    standIn({ [GPU]: "gpu", [CPU]: "absent" });
    await writeFile(at("in.png"), noisyPng(16, 16));
    const args = ["denoise", "in.png", "-o", "out.png", "--engine", "tfjs", "--json"];
    const { stdout } = await runBuiltCli(args, at("."));
    const { results } = JSON.parse(stdout) as { results: [{ receipt: Receipt }] };
    const ranOn = "tfjs (tensorflow on a GPU)";
    expect(results[0].receipt).toMatchObject({ engine: "tfjs", ranOn, skipped: {} });
    expect(limitBytes(TENSORFLOW_ON_GPU, undefined)).toBe(Infinity);
    expect(limitBytes(TENSORFLOW_ON_GPU, 1e9)).toBe(1e9);
  });
});
