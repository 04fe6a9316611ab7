import { homedir } from "node:os";
import { join } from "node:path";

/** Folder of exported networks and peers from npm: outside the repository, kept from run to run. */
export const CACHE_FOLDER: string = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "nafnet",
  "bench",
);
