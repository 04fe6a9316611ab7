/**
 * Cross-compiles the native binding into prebuilds/, for a release: `npm pack` takes along what lies there.
 *
 *     npm run prebuilds [-- linux-x64 darwin-arm64 …]
 */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../src/base/errors.ts";
import { PREBUILT } from "../../src/engine/fused/native/loadNative.ts";
import { type Architecture, coreSources, FLAGS, folderSources, ROOT } from "../build/sources.ts";
import { unlessUpToDate } from "../build/stamp.ts";
import { run, step } from "../tfjs-node/run.ts";
import { compileAll } from "./compileAll.ts";
import { zig, zigVersion } from "./zig.ts";

interface Target {
  /** As zig names it. */
  readonly triple: string;
  readonly architecture: Architecture;
  readonly link: readonly string[];
}

const elf = ["-shared", "-Wl,--strip-all"];
const mac = ["-shared", "-undefined", "dynamic_lookup", "-Wl,-x"]; // Node has the symbols; no SDK is needed
const nodeLibrary = "build/prebuild-win32-x64/node.lib";

/** By what `process.platform` and `process.arch` are there. glibc 2.17 is of 2012; Node itself needs 2.28. */
const targets: Readonly<Record<(typeof PREBUILT)[number], Target>> = {
  "linux-x64": { triple: "x86_64-linux-gnu.2.17", architecture: "x64", link: elf },
  "linux-arm64": { triple: "aarch64-linux-gnu.2.17", architecture: "arm64", link: elf },
  "darwin-x64": { triple: "x86_64-macos.11.0", architecture: "x64", link: mac },
  "darwin-arm64": { triple: "aarch64-macos.11.0", architecture: "arm64", link: mac },
  "win32-x64": {
    triple: "x86_64-windows-gnu",
    architecture: "x64",
    link: ["-shared", "-s", nodeLibrary],
  },
};

async function build(name: string, { triple, architecture, link }: Target): Promise<void> {
  const program = await zig();
  const compiler = [program, "c++", "-target", triple] as const;
  const folder = `build/prebuild-${name}`;
  const output = `prebuilds/${name}/nafnet.node`;
  const headers = dirname(createRequire(import.meta.url).resolve("node-api-headers/package.json"));
  const flags = [...FLAGS, "-DNAPI_VERSION=8", "-fno-sanitize=undefined", "-fPIC", "-g0"];
  const compile = async () => {
    const sources = [...coreSources(architecture), ...folderSources("native/binding")];
    const include = ["-isystem", join(headers, "include")];
    const objects = await compileAll(compiler, sources, [...flags, ...include], folder);
    if (name === "win32-x64") await importLibrary(program, join(headers, "def", "node_api.def"));
    const place = join(ROOT, "prebuilds", name);
    await rm(place, { recursive: true, force: true });
    await mkdir(place, { recursive: true });
    const [command, ...first] = compiler;
    await run(command, [...first, "-O3", ...objects, ...link, "-o", output], { cwd: ROOT });
    // For Windows zig also writes a library for linking with the binding, which nobody does.
    for (const file of await readdir(place))
      if (file !== "nafnet.node") await rm(join(place, file));
  };
  const built = await step(`Building ${output}`, () =>
    unlessUpToDate(
      `${folder}/stamp`,
      ["native/build.json", "native/include", "native/src", "native/binding"],
      [zigVersion, triple, ...flags, ...link],
      [output],
      compile,
    ),
  );
  const { size } = await stat(join(ROOT, output));
  console.log(`  ${built ? "built" : "up to date"}, ${(size / 1024).toFixed(0)} KiB`);
}

/** The import library, by which Windows' linker knows that node.exe has Node-API's functions. */
async function importLibrary(program: string, definitions: string): Promise<void> {
  const args = ["dlltool", "-m", "i386:x86-64", "-d", definitions, "-l", nodeLibrary];
  await run(program, [...args, "-D", "node.exe"], { cwd: ROOT });
}

try {
  const { positionals } = parseArgs({ allowPositionals: true });
  for (const wanted of positionals.length > 0 ? positionals : PREBUILT) {
    const name = PREBUILT.find((known) => known === wanted);
    if (name === undefined) {
      throw new Error(`Expected one of ${PREBUILT.join(", ")} but received ${wanted}`);
    }
    await build(name, targets[name]);
  }
} catch (error) {
  console.error(`error: ${messageOf(error)}`);
  process.exitCode = 1;
}
