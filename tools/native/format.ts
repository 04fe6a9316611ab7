/**
 * Formats the C++ files, by the clang-format that PyPI has.
 *
 *     npm run format:native [-- --check]
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../src/base/errors.ts";
import { ROOT } from "../build/sources.ts";
import { NotAvailable, run } from "../tfjs-node/run.ts";

const version = "21.1.8";

async function clangFormat(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const home = join(cache, "nafnet", "clang-format", version);
  const program = join(home, "clang_format", "data", "bin", "clang-format");
  if (existsSync(program)) return program;
  const incomplete = `${home}.incomplete`;
  await rm(incomplete, { recursive: true, force: true });
  await mkdir(dirname(home), { recursive: true });
  try {
    await run("python3", [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"],
      ...["--only-binary=:all:", "--target", incomplete, `clang-format==${version}`],
    ]);
  } catch (error) {
    throw new NotAvailable(`clang-format ${version} cannot be had: ${messageOf(error)}`);
  }
  await rename(incomplete, home);
  return program;
}

try {
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  const files = (await readdir(join(ROOT, "native"), { recursive: true }))
    .filter((name) => /\.(cc|h|inl)$/.test(name))
    .map((name) => join("native", name));
  const mode = values.check ? ["--dry-run", "--Werror"] : ["-i"];
  await run(await clangFormat(), [...mode, ...files], { cwd: ROOT });
} catch (error) {
  if (error instanceof NotAvailable) {
    console.log(`skipped: ${error.message}`);
  } else {
    console.error(`error: ${messageOf(error)}; npm run format:native mends it`);
    process.exitCode = 1;
  }
}
