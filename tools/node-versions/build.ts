/**
 * Installs the other versions of Node that tests run the command on.
 *
 *     npm run node-versions [-- --if-available]
 */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { NotAvailable, run, step } from "../tfjs-node/run.ts";
import { NODE_PACKAGE, nodeFolder, nodeProgram, OTHER_NODE_VERSIONS } from "./nodeVersions.ts";

async function install(version: string): Promise<void> {
  if (existsSync(nodeProgram(version))) {
    console.log(`Node ${version}: already in ${nodeFolder(version)}`);
    return;
  }
  const supported = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
  if (!supported) {
    throw new NotAvailable(`there is no ${NODE_PACKAGE} for ${process.platform} ${process.arch}`);
  }
  const incomplete = `${nodeFolder(version)}.incomplete`;
  await rm(incomplete, { recursive: true, force: true });
  await mkdir(incomplete, { recursive: true });
  const flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--prefix", incomplete];
  try {
    await step(`Installing Node ${version} from npm, 40 MB, to ${nodeFolder(version)}`, () =>
      run("npm", ["install", ...flags, `${NODE_PACKAGE}@${version}`], { cwd: incomplete }),
    );
  } catch (error) {
    await rm(incomplete, { recursive: true, force: true });
    throw new NotAvailable(`Node ${version} cannot be had from npm`, { cause: error });
  }
  await rm(nodeFolder(version), { recursive: true, force: true });
  await rename(incomplete, nodeFolder(version));
}

const { values } = parseArgs({ options: { "if-available": { type: "boolean", default: false } } });
try {
  for (const version of OTHER_NODE_VERSIONS) await install(version);
} catch (error) {
  if (!(values["if-available"] && error instanceof NotAvailable)) throw error;
  console.log(`skipped: ${error.message}`);
}
