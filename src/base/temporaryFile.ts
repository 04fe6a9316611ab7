/**
 * Names of files while they are written, by which those of a killed process can be told apart.
 */
import { randomUUID } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { sha256 } from "./sha256.ts";

/** The prefix of all files that this library puts beside pictures. */
export const OWN_PREFIX = ".nafnet-";

/** The machine's mark: processes are numbered per machine, and a folder may be shared by several. */
const HOST = sha256(hostname()).slice(0, 8);

/** Age of another machine's file that nobody writes any more: writing takes seconds and renews the time. */
const ABANDONED_MS = 3_600_000;

const TEMPORARY_NAME =
  /^\.nafnet-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** A new path in the folder, whose name tells the machine and the process that writes it. */
export function temporaryPath(folder: string): string {
  return join(folder, `${OWN_PREFIX}${HOST}-${process.pid}-${randomUUID()}.tmp`);
}

/**
 * Removes files that killed processes were writing into a folder: files named by {@link temporaryPath} whose
 * process is gone or, on another machine, that nobody has written to for an hour. Nothing else is touched.
 * A folder that is not there, or not ours to change, has nothing to remove: writing to it tells why.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    const [, host, pid] = TEMPORARY_NAME.exec(name) ?? [];
    if (host === undefined) continue;
    const path = join(folder, name);
    const left = host === HOST ? !isRunning(Number(pid)) : await isAbandoned(path);
    if (left) await rm(path, { force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0); // signal 0 only asks
  } catch (error) {
    // EPERM: it runs, as somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined); // its writer was faster
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS;
}
