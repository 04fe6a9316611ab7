/** Share of the processors that is left beside busy processes, to threads that never wait for each other. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Duration of a measurement: long beside a scheduler's time slices, which are of some milliseconds. */
const MEASURE_MS = 2000;

const COUNT_ROUNDS = `
  const end = performance.now() + ${MEASURE_MS};
  let rounds = 0;
  for (let x = 1; performance.now() < end; rounds++) for (let i = 0; i < 1e5; i++) x = x * 1.0000001 + 1e-9;
  console.log(rounds);`;

/** @returns rounds that this many processes do side by side; of meaning only beside another such figure */
export async function spinRate(processes: number): Promise<number> {
  const run = promisify(execFile);
  const runs = Array.from({ length: processes }, () => run(process.execPath, ["-e", COUNT_ROUNDS]));
  return (await Promise.all(runs)).reduce((sum, { stdout }) => sum + Number(stdout), 0);
}
