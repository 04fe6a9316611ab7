/** `nafnet doctor`: versions, engines, weights, and a self-test. */

import { release } from "node:os";
import { messageOf } from "../../base/errors.ts";
import { VERSION } from "../../base/version.ts";
import { ENGINE_NAMES } from "../../engine/Engine.ts";
import { tryEngine } from "../../engine/select.ts";
import { psnr } from "../../metrics/index.ts";
import { createRestorer } from "../../restoration/createRestorer.ts";
import { defaultWeights, TASKS } from "../../restoration/tasks.ts";
import { readWeights } from "../../weights/readWeights.ts";
import { EXIT } from "../exit.ts";
import type { JsonFlag } from "../flags/JsonFlag.ts";

/** A finding about one part; --json's object is a list of them. */
interface Diagnostic {
  readonly name: string;
  /** Whether it works; null for mere information. */
  readonly ok: boolean | null;
  readonly detail: string;
}

/** @returns the exit code: failed if no engine runs, or the self-test or a default weight did */
export async function doctor(flags: JsonFlag): Promise<number> {
  const { platform, arch, version } = process;
  const checks: Diagnostic[] = [
    { name: "nafnet", ok: null, detail: VERSION },
    { name: "node", ok: null, detail: `${version} on ${platform} ${arch} (${release()})` },
    ...(await checkEngines()),
    ...(await checkWeights()),
    await selfTest(),
  ];
  const failed = checks.some(({ ok }) => ok === false);
  if (flags.json) console.log(JSON.stringify({ checks, ok: !failed }));
  else for (const check of checks) console.log(diagnosticLine(check));
  return failed ? EXIT.failed : EXIT.ok;
}

/** Checks each engine. One that does not run here is listed and no failure: the next one is there for that. */
async function checkEngines(): Promise<Diagnostic[]> {
  const checks: Diagnostic[] = [];
  for (const name of ENGINE_NAMES) {
    const attempt = await tryEngine(name);
    if ("reason" in attempt) {
      checks.push({ name: `engine ${name}`, ok: null, detail: `not used: ${attempt.reason}` });
      continue;
    }
    checks.push({ name: `engine ${name}`, ok: true, detail: attempt.engine.detail });
    for (const [part, reason] of attempt.engine.skipped) {
      checks.push({ name: part, ok: null, detail: `not used: ${reason}` });
    }
  }
  return checks;
}

async function checkWeights(): Promise<Diagnostic[]> {
  const checks: Diagnostic[] = [];
  for (const task of TASKS) {
    const name = `weights ${task}`;
    try {
      const { network } = await readWeights(defaultWeights(task));
      checks.push({ name, ok: true, detail: `${network.summary}, verified` });
    } catch (error) {
      // That inpaint has none yet is known and no fault of the installation.
      checks.push({ name, ok: task === "inpaint" ? null : false, detail: messageOf(error) });
    }
  }
  return checks;
}

/** Denoises a grey ramp with noise, the same every time; it must come nearer to the clean one. */
async function selfTest(): Promise<Diagnostic> {
  const name = "self-test";
  const size = 64;
  const noise = 60;
  const clean = Uint8Array.from(
    { length: size * size * 3 },
    (_, i) => 64 + (Math.floor(i / 3) % size),
  );
  // Fractions of multiples of a large irrational number are as good as random here.
  const noisy = clean.map((value, i) => value + noise * (((i * Math.SQRT2 * 1e5) % 1) - 0.5));
  const picture = { width: size, height: size, channels: 3, bitDepth: 8 } as const;
  try {
    const start = performance.now();
    const restorer = await createRestorer("denoise");
    const { data } = await restorer.restore({ ...picture, data: noisy });
    restorer.dispose();
    const before = psnr({ ...picture, data: noisy }, { ...picture, data: clean });
    const after = psnr({ ...picture, data }, { ...picture, data: clean });
    const elapsedMs = Math.round(performance.now() - start);
    const figures = `${before.toFixed(1)} dB before, ${after.toFixed(1)} dB after, ${elapsedMs} ms on ${restorer.engine}`;
    return { name, ok: after > before, detail: figures };
  } catch (error) {
    return { name, ok: false, detail: messageOf(error) };
  }
}

function diagnosticLine({ name, ok, detail }: Diagnostic): string {
  const mark = ok === null ? "    " : ok ? "ok  " : "FAIL";
  return `${mark} ${name}: ${detail.replaceAll("\n", "\n       ")}`;
}
