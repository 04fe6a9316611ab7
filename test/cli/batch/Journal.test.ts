import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import type { Job } from "../../../src/cli/batch/Job.ts";
import { isJournaled, Journal, stampOf } from "../../../src/cli/batch/Journal.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const at = temporaryFolder();
const job = (name: string): Job => ({
  input: at("in", name),
  output: at("out", name),
  root: at("out"),
});
let a: Job;
let b: Job;
const file = (): string => at("out", ".nafnet-journal.jsonl");

beforeEach(async () => {
  [a, b] = [job("a.png"), job("b.png")];
  for (const folder of ["in", "out"]) {
    await rm(at(folder), { recursive: true, force: true });
    await mkdir(at(folder));
    for (const name of ["a.png", "b.png"]) await writeFile(at(folder, name), name);
  }
});

async function record(...jobs: Job[]): Promise<void> {
  const journal = await Journal.open(jobs, "options");
  for (const each of jobs) await journal.record(each, await stampOf(each.input));
}

async function isDone(each: Job, options: string = "options"): Promise<boolean> {
  return (await Journal.open([each], options)).isDone(each);
}

describe("Journal", () => {
  it("knows what was noted", async () => {
    expect(await isDone(a)).toBe(false);
    await record(a);
    expect(await isDone(a)).toBe(true);
    expect(await isDone(b)).toBe(false);
    expect(await isJournaled(a.output)).toBe(true);
    expect(await isJournaled(b.output)).toBe(false);
  });

  it.each([
    ["options", async () => isDone(a, "others")],
    ["another input", async () => isDone({ ...a, input: b.input })],
    ["an input of another size", () => writeFile(a.input, "longer than it was")],
    ["an input of another time", () => utimes(a.input, 1, 1)],
    ["an output that was changed", () => writeFile(a.output, "touched up")],
    ["an output that is gone", () => rm(a.output)],
  ])("counts nothing done with %s", async (_, change) => {
    await record(a);
    const changed = await change();
    expect(changed === undefined ? await isDone(a) : changed).toBe(false);
  });

  it("goes by the input as it was before it was read", async () => {
    const before = await stampOf(a.input);
    await writeFile(a.input, "changed while it was restored");
    await (await Journal.open([a], "options")).record(a, before);
    expect(await isDone(a)).toBe(false);
  });

  it("stands after its folders were moved together", async () => {
    await mkdir(at("moved"), { recursive: true });
    await record(a);
    for (const folder of ["in", "out"]) await rename(at(folder), at("moved", folder));
    const moved = {
      input: at("moved/in/a.png"),
      output: at("moved/out/a.png"),
      root: at("moved/out"),
    };
    expect(await isDone(moved)).toBe(true);
    await rm(at("moved"), { recursive: true });
    await mkdir(at("in"));
    await mkdir(at("out"));
  });

  it("loses no line but the one that was cut off, at every byte", async () => {
    await record(a);
    const whole = await readFile(file());
    await record(b);
    const both = await readFile(file());
    for (let end = whole.length; end < both.length - 1; end++) {
      await writeFile(file(), both.subarray(0, end));
      expect(await isDone(a)).toBe(true);
      // The closing brace is the last byte of a whole line.
      expect(await isDone(b)).toBe(false);
    }
    await record(b);
    expect([await isDone(a), await isDone(b)]).toEqual([true, true]);
  });

  it("takes no harm from what is no journal", async () => {
    await record(a);
    await appendFile(file(), 'null\n[]\n{"output":"b.png"}\n\0\xff\n');
    expect([await isDone(a), await isDone(b)]).toEqual([true, false]);
  });

  it("forgets a run's pictures, and is removed with the last", async () => {
    await record(a, b);
    await Journal.forget([a]);
    expect([await isDone(a), await isDone(b)]).toEqual([false, true]);
    await Journal.forget([b]);
    expect(existsSync(file())).toBe(false);
    await Journal.forget([{ ...a, root: at("nowhere") }]);
    expect(existsSync(at("nowhere"))).toBe(false);
  });

  it("fails with what it means for the user", async () => {
    await mkdir(file());
    await expect(record(a)).rejects.toMatchObject({
      code: "OUTPUT_FAILED",
      message: expect.stringContaining("a run which is killed would start over"),
    });
  });
});
