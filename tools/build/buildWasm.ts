/** The WebAssembly modules, compiled by a Clang that is WebAssembly itself: no compiler need be installed. */
import { type Dirent, existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commands, type Tree } from "@yowasp/clang";
import packageJson from "../../package.json" with { type: "json" };
import type { ModuleFile } from "../../src/engine/fused/wasm/Platform.ts";
import { INITIAL_PAGES, MOST_PAGES, PAGE_BYTES } from "../../src/engine/fused/wasm/wasmMemory.ts";
import { coreSources, FLAGS, folderSources, ROOT } from "./sources.ts";
import { unlessUpToDate } from "./stamp.ts";

/** Functions that JavaScript calls, of native/wasm/entry.cc and nafnet.h. */
const EXPORTS = [
  ...["nafnet_isas", "nafnet_pool_create", "nafnet_plan_isa"],
  ...["nafnet_bfloat16_unit", "nafnet_wasm_error", "nafnet_wasm_abort_flag"],
  ...["nafnet_wasm_allocate", "nafnet_wasm_free", "nafnet_wasm_abi_version"],
  ...["nafnet_wasm_plan_create", "nafnet_wasm_plan_estimate", "nafnet_wasm_plan_run"],
  "nafnet_wasm_peak_gflops",
];

const STACK_BYTES = 2 ** 20;

/** The C library of the toolchain was built for one thread: heap.cc locks what needs it. */
const HEAP = ["malloc", "free", "calloc", "realloc", "aligned_alloc", "posix_memalign"];

interface Variant {
  readonly file: ModuleFile;
  readonly link: readonly string[];
}

const VARIANTS: readonly Variant[] = [
  { file: "nafnet.wasm", link: [] },
  {
    file: "nafnet-threads.wasm",
    link: [
      "-Wl,--shared-memory,--no-check-features",
      "-Wl,--export=nafnet_pool_join,--export=__stack_pointer",
    ],
  },
];

/**
 * Builds into build/wasm, and copies to dist/wasm, which goes whenever the library is built.
 *
 * @returns whether they were built rather than up to date
 */
export async function buildWasm(): Promise<boolean> {
  const inputs = ["native/build.json", "native/include", "native/src", "native/wasm"];
  const built = await unlessUpToDate(
    "build/wasm.stamp",
    [...inputs, "tools/build/buildWasm.ts", "src/engine/fused/wasm/wasmMemory.ts"],
    [packageJson.devDependencies["@yowasp/clang"]],
    VARIANTS.map(({ file }) => `build/wasm/${file}`),
    buildAll,
  );
  if (built || !VARIANTS.every(({ file }) => existsSync(join(ROOT, "dist", "wasm", file)))) {
    await cp(join(ROOT, "build", "wasm"), join(ROOT, "dist", "wasm"), { recursive: true });
  }
  return built;
}

async function buildAll(): Promise<void> {
  await commands["clang++"](undefined, {}, { fetchProgress: () => undefined }); // loads it without a word
  const files: Tree = { native: readTree(join(ROOT, "native")) };
  const objects: Record<string, Uint8Array> = {};
  for (const { file, flags } of [...coreSources("wasm32"), ...folderSources("native/wasm")]) {
    const object = `${file.replace(/\W/g, "_")}.o`;
    objects[object] = await clang([...COMPILE, ...flags, "-c", file, "-o", object], files, object);
  }
  await mkdir(join(ROOT, "build", "wasm"), { recursive: true });
  for (const { file, link } of VARIANTS) {
    const inputs = Object.keys(objects);
    const module = await clang([...LINK, ...link, ...inputs, "-o", file], objects, file);
    await writeFile(join(ROOT, "build", "wasm", file), module);
  }
}

const TARGET = "--target=wasm32-wasip1";

/** See native/wasm/bytes.cc. */
const NO_BULK_MEMORY = ["-mno-bulk-memory", "-mno-bulk-memory-opt"];

// Atomics are valid on memory that is not shared, too: both modules are made of the same objects.
const COMPILE = [TARGET, ...FLAGS, "-msimd128", "-matomics", ...NO_BULK_MEMORY];

const LINK = [
  ...[TARGET, "-mexec-model=reactor", "-O3"],
  `-Wl,--import-memory,--initial-memory=${INITIAL_PAGES * PAGE_BYTES}`,
  `-Wl,--max-memory=${MOST_PAGES * PAGE_BYTES},-z,stack-size=${STACK_BYTES},--strip-all`,
  ...EXPORTS.map((name) => `-Wl,--export=${name}`),
  ...HEAP.map((name) => `-Wl,--wrap=${name}`),
];

/** @returns the output file's bytes */
async function clang(args: readonly string[], files: Tree, output: string): Promise<Uint8Array> {
  const complaints: Uint8Array[] = [];
  const collect = (bytes: Uint8Array | null) => {
    if (bytes !== null) complaints.push(bytes.slice());
  };
  try {
    const options = { stdout: collect, stderr: collect, fetchProgress: () => undefined };
    const result = await commands["clang++"]([...args], files, options);
    const bytes = result?.[output];
    if (bytes instanceof Uint8Array) return bytes;
    throw new Error(`clang++ wrote no ${output}`);
  } catch (error) {
    const text = Buffer.concat(complaints).toString();
    throw new Error(`the modules do not build.\n${text}`, { cause: error });
  }
}

function readTree(folder: string): Tree {
  const entry = (item: Dirent): [string, Tree | Uint8Array] => {
    const path = join(folder, item.name);
    return [item.name, item.isDirectory() ? readTree(path) : readFileSync(path)];
  };
  return Object.fromEntries(readdirSync(folder, { withFileTypes: true }).map(entry));
}
