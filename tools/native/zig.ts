/** The zig compiler out of its package for Python, in a folder of its own. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { NotAvailable, run, step } from "../tfjs-node/run.ts";

/** 0.17.1 was tried. */
export const zigVersion = "0.17.1";

/** @returns the command, which takes Clang's arguments after `c++` */
export async function zig(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "nafnet", "zig");
  const home = join(cache, zigVersion);
  const program = join(home, "ziglang", process.platform === "win32" ? "zig.exe" : "zig");
  if (existsSync(program)) return program;
  const incomplete = `${home}.incomplete`;
  await rm(incomplete, { recursive: true, force: true });
  await mkdir(dirname(home), { recursive: true });
  try {
    await step(`Installing zig ${zigVersion} from PyPI, 90 MB, to ${home}`, () =>
      run("python3", [
        ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"],
        ...["--no-deps", "--only-binary=:all:", "--target", incomplete, `ziglang==${zigVersion}`],
      ]),
    );
  } catch (error) {
    throw new NotAvailable(`zig ${zigVersion} cannot be had: install python3 with pip`, {
      cause: error,
    });
  }
  await rename(incomplete, home);
  return program;
}
