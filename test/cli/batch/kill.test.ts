/**
 * A batch that is killed again and again, at random moments: no result is ever half-written, nothing is
 * left over, nothing that is journaled is done twice, and the runs together do everything.
 *
 * NAFNET_KILLS=100 kills more often; NAFNET_SEED=2 chooses other moments.
 */

import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import { encodePng } from "../../../src/io/png/encodePng.ts";
import { random } from "../../io/fixtures.ts";
import { scene, withNoise } from "../../support/pictures.ts";
import { lines, outcomeOf, runBuiltCli, startBuiltCli } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { writeTinyWeights } from "../../support/tinyWeights.ts";

const KILLS = Number(process.env.NAFNET_KILLS ?? 12);
const SEED = Number(process.env.NAFNET_SEED ?? 1);
const PICTURES = 20;
const JOURNAL = ".nafnet-journal.jsonl";

const at = temporaryFolder();
const batch = (folder: string): string[] => ["denoise", "in", "-o", folder, "--weights", "tiny"];
const expected = new Map<string, Buffer>();
/** Duration of a run that nobody kills: the moments are within it, whatever the machine. */
let runMs = 0;

beforeAll(async () => {
  await writeTinyWeights(at("tiny"));
  await mkdir(at("in/sub"), { recursive: true });
  for (let n = 0; n < PICTURES; n++) {
    const png = encodePng(withNoise(scene(200 + n, 140), 25));
    await writeFile(at("in", n % 2 ? "sub" : "", `${n}.png`), png);
  }
  const start = performance.now();
  const { exitCode } = await runBuiltCli(batch("whole"), at());
  runMs = performance.now() - start;
  expect(exitCode).toBe(0);
  for (const name of await filesIn("whole")) {
    expected.set(name, await readFile(at("whole", name)));
  }
  expect(expected.size).toBe(PICTURES);
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(at(folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at(folder).length + 1));
}

/** The results that are there, each held to its bytes. */
async function results(): Promise<Set<string>> {
  await mkdir(at("out"), { recursive: true });
  const names = (await filesIn("out")).filter((name) => !name.includes(".nafnet-"));
  for (const name of names) {
    expect((await readFile(at("out", name))).equals(expected.get(name)!), name).toBe(true);
  }
  return new Set(names);
}

/** The results that a next run can know of: whole lines of the journal. */
async function journaled(): Promise<Set<string>> {
  const text = await readFile(at("out", JOURNAL), "utf8").catch(() => "");
  const whole = text.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
  return new Set(whole.map((line) => (JSON.parse(line) as { output: string }).output));
}

/** The results that a run tells of. */
function worked(stdout: string): string[] {
  return lines(stdout).map((line) => /-> out.(\S+\.png) /.exec(line)![1]!);
}

it(`${KILLS} times killed`, { timeout: 60_000 + KILLS * 10_000 }, async () => {
  const next = random(SEED);
  const told = {
    killed: 0,
    rounds: 0,
    runs: 0,
    pictures: 0,
    resumed: 0,
    again: 0,
    leftovers: 0,
    torn: 0,
  };
  while (told.killed < KILLS) {
    const [before, known] = [await results(), await journaled()];
    const child = startBuiltCli(batch("out"), at());
    const outcome = outcomeOf(child);
    const over = once(child, "close");
    const moment = new AbortController();
    const kill = setTimeout(next() * runMs, undefined, { signal: moment.signal })
      .then(() => child.kill("SIGKILL"))
      .catch(() => false); // it was faster
    await over;
    moment.abort();
    await kill;
    const { stdout, stderr } = await outcome;
    const done = worked(stdout);
    told.runs++;
    told.pictures += done.length;
    expect(done.filter((name) => known.has(name))).toEqual([]);
    told.again += done.filter((name) => before.has(name)).length;
    if (stderr.includes("resumed")) told.resumed++;
    const there = await results();
    for (const name of [...before, ...done]) expect(there).toContain(name);
    const hidden = (await filesIn("out")).filter((name) => name.endsWith(".tmp"));
    if (child.signalCode === "SIGKILL") {
      told.killed++;
      told.leftovers += hidden.length;
      const text = await readFile(at("out", JOURNAL), "utf8").catch(() => "");
      if (!text.endsWith("\n") && text !== "") told.torn++;
      continue;
    }
    expect(child.exitCode).toBe(0);
    await complete();
    told.rounds++;
    await rm(at("out"), { recursive: true });
  }
  const last = await runBuiltCli(batch("out"), at());
  expect(last.exitCode).toBe(0);
  await complete();
  // A picture whose result was there but not yet in the journal is done again: at most those in work at a kill.
  expect(told.again).toBeLessThanOrEqual(3 * told.killed);
  console.log(`killed at random moments, seed ${SEED}: ${JSON.stringify(told)}`);
});

/** Every result, and nothing else. */
async function complete(): Promise<void> {
  expect([...(await results())].sort()).toEqual([...expected.keys()].sort());
  expect((await filesIn("out")).sort()).toEqual([...expected.keys()].sort());
}
