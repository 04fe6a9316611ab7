/** The Node-API binding for this machine, built by node-gyp from binding.gyp into build/Release. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { NotAvailable } from "../tfjs-node/run.ts";
import { ROOT } from "./sources.ts";
import { unlessUpToDate } from "./stamp.ts";

const require = createRequire(import.meta.url);

/**
 * @returns whether it was built rather than up to date
 * @throws NotAvailable where this machine cannot build it
 */
export async function buildNative(): Promise<boolean> {
  if (process.platform === "win32") {
    throw new NotAvailable(
      "binding.gyp is for GCC and Clang; npm run prebuilds makes one with zig",
    );
  }
  if (process.arch !== "x64" && process.arch !== "arm64") {
    throw new NotAvailable(`there are kernels for x64 and arm64 but this is ${process.arch}`);
  }
  const compiler = process.env.CXX || "g++";
  const versions = [
    version("python3", "install python3 (Debian, Ubuntu: apt install python3)"),
    version("make", "install it (Debian, Ubuntu: apt install make)"),
    version(compiler, "install it (Debian, Ubuntu: apt install g++)"),
  ];
  return unlessUpToDate(
    "build/nafnet.stamp",
    ["binding.gyp", "native/build.json", "native/include", "native/src", "native/binding"],
    [...versions, process.arch],
    ["build/Release/nafnet.node"],
    compile,
  );
}

function version(program: string, remedy: string): string {
  try {
    return execFileSync(program, ["--version"], { encoding: "utf8" });
  } catch (error) {
    throw new NotAvailable(`${program} is missing: ${remedy}`, { cause: error });
  }
}

async function compile(): Promise<void> {
  const nodeGyp = require.resolve("node-gyp/bin/node-gyp.js");
  const arguments_ = ["configure", "build", `--nodedir=${await headersFolder()}`];
  // Two cores at most: a laptop stays usable.
  const child = spawn(process.execPath, [nodeGyp, ...arguments_, "--jobs=2", "--loglevel=error"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await closed) as [number | null];
  if (status !== 0) throw new Error(`the binding does not build.\n${stdout}${stderr}`);
}

/**
 * Node's headers in the layout that node-gyp looks for. Node-API is a stable C interface, so that the four headers
 * of a package do for every version: nothing is downloaded and no installed headers are needed.
 */
async function headersFolder(): Promise<string> {
  const nodedir = join(ROOT, "build", "node");
  const include = join(nodedir, "include", "node");
  await mkdir(include, { recursive: true });
  const headers = join(dirname(require.resolve("node-api-headers/package.json")), "include");
  await cp(headers, include, { recursive: true });
  // Node's own has flags for V8's headers; ours are in binding.gyp.
  const defaults = { default_configuration: "Release", configurations: { Release: {} } };
  await writeFile(join(include, "common.gypi"), JSON.stringify({ target_defaults: defaults }));
  return nodedir;
}
