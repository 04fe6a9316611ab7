/**
 * Compiles and runs the C++ tests of native/test, each a program that prints `N passed, N failed`.
 *
 *     npm run test:native [-- --build plain|address|thread|amx|arm64]
 *
 * `address` is AddressSanitizer with UndefinedBehaviorSanitizer, `thread` ThreadSanitizer; `amx` has AMX's instructions
 * emulated, on a processor with AVX512-BF16; `arm64` is compiled by zig and run by qemu-user. NAFNET_ISA names one
 * instruction set; without it, all that the machine has are tested.
 */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../src/base/errors.ts";
import { type Architecture, coreSources, FLAGS, folderSources, ROOT } from "../build/sources.ts";
import { unlessUpToDate } from "../build/stamp.ts";
import { NotAvailable, run } from "../tfjs-node/run.ts";
import { compileAll } from "./compileAll.ts";
import { zig } from "./zig.ts";

interface Build {
  readonly compiler: readonly [string, ...string[]];
  readonly architecture: Architecture;
  readonly compile: readonly string[];
  readonly kernels: readonly string[];
  readonly tests: readonly string[];
  readonly link: readonly string[];
  /** The command that runs a test, as its first words: an emulator, for example. */
  readonly runner: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The tests to run where it is not all of them. */
  readonly only?: readonly string[];
}

const here = process.arch === "arm64" ? "arm64" : "x64";
const local = {
  compiler: [process.env.CXX || "g++"],
  architecture: here,
  kernels: [],
  tests: [],
  runner: [],
  env: {},
} as const;
const sanitized = [
  "-O1",
  "-DNAFNET_SMALL_KERNELS",
  "-g1",
  "-fno-omit-frame-pointer",
  "-Wno-maybe-uninitialized",
];

/** For kernels: a check at each access makes GCC take minutes over a file, and AddressSanitizer sees the access, too. */
const withoutPointerChecks = ["-fno-sanitize=null,alignment,object-size"];

/** sums_test has 24 megapixels: too many for a sanitizer or an emulator, which see nothing else in it. */
const small = ["engine_test", "program_test", "run_test", "pool_test", "threads_test"];

/** True where this machine's processor has the feature that Linux calls `name`. */
async function hasFeature(name: string): Promise<boolean> {
  const info = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  return new RegExp(`^flags\\s*:.*\\b${name}\\b`, "m").test(info);
}

const builds: Readonly<Record<string, () => Promise<Build>>> = {
  plain: async () => ({ ...local, compile: [], link: [] }),
  address: async () => {
    const sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    const compile = [...sanitized, ...sanitizers];
    const kernels = withoutPointerChecks;
    const tests = ["-O2", ...kernels];
    return { ...local, compile, kernels, tests, link: sanitizers, only: small };
  },
  thread: async () => {
    const sanitizers = ["-fsanitize=thread"];
    // What threads share is the same on every instruction set.
    const isa = process.env.NAFNET_ISA || (here === "x64" ? "sse2" : "neon");
    const env = { TSAN_OPTIONS: "halt_on_error=1", NAFNET_ISA: isa };
    // The whole run_test takes too long: threads_test has what threads share.
    const only = ["pool_test", "threads_test"];
    return { ...local, compile: [...sanitized, ...sanitizers], link: sanitizers, env, only };
  },
  amx: async () => {
    if (!(await hasFeature("avx512_bf16"))) {
      throw new NotAvailable("this processor has no AVX512-BF16, which works beside AMX");
    }
    const env = { NAFNET_ISA: "avx512" };
    const only = ["engine_test", "run_test"];
    return { ...local, compile: ["-DNAFNET_EMULATE_AMX"], link: [], env, only };
  },
  arm64: async () => ({
    compiler: [await zig(), "c++", "-target", "aarch64-linux-musl"],
    architecture: "arm64",
    compile: [],
    kernels: [],
    tests: [],
    link: ["-static"],
    runner: here === "arm64" ? [] : ["qemu-aarch64"],
    env: {},
    only: small,
  }),
};

async function main(name: string): Promise<void> {
  const make = builds[name];
  if (make === undefined) {
    throw new Error(`Expected one of ${Object.keys(builds).join(", ")} but received ${name}`);
  }
  const build = await make();
  const [compiler] = build.compiler;
  const version = await run(compiler, [compiler.endsWith("zig") ? "version" : "--version"]).catch(
    (error: unknown) => {
      throw new NotAvailable(`${compiler} is missing: install g++`, { cause: error });
    },
  );
  const [runner] = build.runner;
  if (runner !== undefined && spawnSync(runner, ["--version"]).status !== 0) {
    throw new NotAvailable(`${runner} is missing: install qemu-user`);
  }
  const folder = `build/test-${name}`;
  const tests = folderSources("native/test")
    .map(({ file }) => file)
    .filter((file) => build.only?.includes(basename(file, ".cc")) ?? true);
  const programs = tests.map((file) => `${folder}/${basename(file, ".cc")}`);
  await unlessUpToDate(
    `${folder}/stamp`,
    ["native/build.json", "native/include", "native/src", "native/test"],
    [version, ...build.compile, ...build.link],
    programs,
    async () => {
      const flags = [...FLAGS, ...build.compile];
      const sources = coreSources(build.architecture).map(({ file, flags: own }) => ({
        file,
        flags: file.includes("/isa/") ? [...own, ...build.kernels] : own,
      }));
      const core = await compileAll(build.compiler, sources, flags, folder);
      for (const [i, test] of tests.entries()) {
        const [program, ...first] = build.compiler;
        // The tests' own arithmetic, in double precision, is most of the time.
        const args = [...first, ...flags, ...build.tests, test, ...core, ...build.link, "-pthread"];
        await run(program, [...args, "-o", programs[i] ?? ""], { cwd: ROOT });
      }
    },
  );
  for (const program of programs) {
    console.log(`${program}:`);
    const [command = "", ...args] = [...build.runner, join(ROOT, program)];
    const { status, signal } = spawnSync(command, args, {
      stdio: "inherit",
      env: { ...process.env, ...build.env },
    });
    if (status !== 0) throw new Error(`${program} ended with ${signal ?? status}`);
  }
}

try {
  const { values } = parseArgs({ options: { build: { type: "string", default: "plain" } } });
  await main(values.build);
} catch (error) {
  if (error instanceof NotAvailable) {
    console.log(`skipped: ${error.message}`);
  } else {
    console.error(`error: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
