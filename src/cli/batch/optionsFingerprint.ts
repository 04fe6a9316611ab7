import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { VERSION } from "../../base/version.ts";
import type { RestoreFlags } from "../commands/restore.ts";
import { stampOf } from "./Journal.ts";

/**
 * A hash of all that decides what a result looks like, beside its picture. Whatever flag is not named here
 * counts, so that a new one needs no line; these do not: where results go, what is told, and how fast it
 * goes. Engines differ by a rounding, which is no reason to start over.
 *
 * @param known what is known of the weights, with the SHA-256 of their checkpoint
 */
export async function optionsFingerprint(
  task: string,
  flags: RestoreFlags,
  known: unknown,
): Promise<string> {
  const { output, suffix, skipExisting, resume, json, ...looks } = flags;
  const { engine, threads, maxMemory, weights, mask, ...changing } = looks;
  const files: unknown[] = [];
  for (const path of [weights, mask]) {
    if (path !== undefined) files.push(resolve(path), await stampOf(path));
  }
  const all = [VERSION, task, known, files, Object.entries(changing).sort()];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 16);
}
