import { resolve } from "node:path";
import { sha256 } from "../../base/sha256.ts";
import { VERSION } from "../../base/version.ts";
import type { WeightsMetadata } from "../../weights/Weights.ts";
import type { RestoreFlags } from "../flags/RestoreFlags.ts";
import { stampOf } from "./Journal.ts";

/**
 * A hash of all that a result depends on, beside its picture. Whatever flag is not named here counts, so that
 * a new one needs no line; these do not: where results go, what is printed, and how fast it goes. Engines
 * differ by a rounding, which is no reason to start over.
 *
 * @param weightsMetadata of the loaded weights, with the SHA-256 of their checkpoint
 */
export async function optionsFingerprint(
  task: string,
  flags: RestoreFlags,
  weightsMetadata: WeightsMetadata | undefined,
): Promise<string> {
  const { output, suffix, skipExisting, resume, json, ...visible } = flags;
  const { engine, threads, maxMemory, weights, mask, ...changing } = visible;
  const files: unknown[] = [];
  for (const path of [weights, mask]) {
    if (path !== undefined) files.push(resolve(path), await stampOf(path));
  }
  const all = [VERSION, task, weightsMetadata, files, Object.entries(changing).sort()];
  return sha256(JSON.stringify(all)).slice(0, 16);
}
