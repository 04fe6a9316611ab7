/** Versions of Node beside the one at work, out of npm's packages of them, in a folder of their own. */
import { homedir } from "node:os";
import { join } from "node:path";

/** The last ones that were tried of each line that the package supports. */
const NODE_VERSIONS = ["20.20.2", "22.23.5", "24.22.3"] as const;

/** The versions of other lines than that of the Node at work. */
export const OTHER_NODE_VERSIONS: readonly string[] = NODE_VERSIONS.filter(
  (version) => version.split(".")[0] !== process.versions.node.split(".")[0],
);

/** The package with the program for this machine. */
export const NODE_PACKAGE: string = `node-linux-${process.arch}`;

/** The folder that a version is installed into. */
export function nodeFolder(version: string): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(cache, "nafnet", "node", version);
}

/** The path of a version's program, which is there once the version is installed. */
export function nodeProgram(version: string): string {
  return join(nodeFolder(version), "node_modules", NODE_PACKAGE, "bin", "node");
}
