/** The package as a user has it: packed, and installed in an empty folder. */

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../src/base/errors.ts";
import { repository } from "./runCli.ts";

const run = promisify(execFile);

/** The installed package. */
export interface InstalledPackage {
  /** The project that it is installed in. */
  readonly folder: string;
  /** Paths in the tarball. */
  readonly files: readonly string[];
}

/**
 * Packs the package and installs it, in a folder of its own in `scratch`.
 *
 * @param others packages that are installed with it
 * @returns a reason instead where npm has no network for the peer dependencies
 */
export async function installPackage(
  scratch: string,
  others: readonly string[] = [],
): Promise<InstalledPackage | string> {
  const packed = await run("npm", ["pack", "--json", "--pack-destination", scratch], {
    cwd: repository,
  });
  // The build that packing starts prints before the JSON.
  const [tarball] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf("[\n"))) as [
    { filename: string; files: { path: string }[] },
  ];
  const folder = join(scratch, "project");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const packages = [join(scratch, tarball.filename), ...others];
  try {
    await run("npm", ["install", "--no-audit", "--no-fund", ...packages], { cwd: folder });
  } catch (error) {
    const reason = messageOf(error);
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(reason)) return reason;
    throw error;
  }
  return { folder, files: tarball.files.map(({ path }) => path) };
}
