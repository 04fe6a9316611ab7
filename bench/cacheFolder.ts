import { homedir } from "node:os";
import { join } from "node:path";

/** Where exported networks and peers from npm lie: outside the repository, kept from run to run. */
export const CACHE_FOLDER: string = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "nafnet",
  "bench",
);
