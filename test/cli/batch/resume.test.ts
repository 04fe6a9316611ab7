/** A batch that was stopped goes on where it was, and tells what it leaves out. */

import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { noisyPng } from "../../support/pictures.ts";
import { lines, outcomeOf, runCli, startCli } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { writeTinyWeights } from "../../support/tinyWeights.ts";

const at = temporaryFolder();
const png = noisyPng(40, 24);
const BAD = Buffer.from("GIF89a");
const batch = ["denoise", "in", "-o", "out", "--weights", "tiny"];

beforeEach(async () => {
  await writeTinyWeights(at("tiny"));
  for (const folder of ["in", "out"]) await rm(at(folder), { recursive: true, force: true });
  await mkdir(at("in/sub"), { recursive: true });
  for (const name of ["1.png", "2.png", "sub/3.png"]) await writeFile(at("in", name), png);
  await writeFile(at("in/bad.png"), BAD); // so that the run does not end well
});

/** The pictures that a run worked on, and its line about those that were done before. */
async function run(...flags: string[]): Promise<{ done: string[]; resumed: string | undefined }> {
  const { stdout, stderr } = await runCli([...batch, ...flags], at());
  const done = lines(stdout).map((line) => line.split(" ")[0]!);
  return { done, resumed: lines(stderr).find((line) => line.includes("resumed")) };
}

describe("a run after one with failures", () => {
  it("does only what is left, and says so", async () => {
    expect(await run()).toEqual({
      done: ["in/1.png", "in/2.png", "in/sub/3.png"],
      resumed: undefined,
    });
    const first = await readFile(at("out/1.png"));
    await writeFile(at("in/4.png"), png);
    expect(await run()).toEqual({
      done: ["in/4.png"],
      resumed: "nafnet: resumed: 3 of 5 were done; --no-resume does them again.",
    });
    expect((await readFile(at("out/1.png"))).equals(first)).toBe(true);
  });

  it("does what has changed again, and all of it with --no-resume or other options", async () => {
    await run();
    await utimes(at("in/1.png"), 1, 1);
    await rm(at("out/sub/3.png"));
    expect((await run()).done).toEqual(["in/1.png", "in/sub/3.png"]);
    expect((await run("--threads", "1")).done).toEqual([]); // the picture is the same
    expect((await run("--bits", "16")).done).toHaveLength(3);
    expect((await run("--no-resume", "--bits", "16")).done).toHaveLength(3);
    await writeTinyWeights(at("tiny"), { seed: "others" });
    expect((await run("--bits", "16")).done).toHaveLength(3);
  });

  it("forgets it all once it has ended well: results without a journal are made anew", async () => {
    await run();
    await rm(at("in/bad.png"));
    expect((await run()).resumed).toContain("3 of 3");
    expect(await readdir(at("out"))).toEqual(["1.png", "2.png", "sub"]);
    expect(await run()).toMatchObject({ resumed: undefined, done: { length: 3 } });
  });

  it("knows its results beside the pictures for what they are", async () => {
    const named = ["1.png", "2.png", "bad.png"];
    const here = ["--weights", "../tiny"];
    await runCli(["denoise", ...named, ...here], at("in"));
    const again = [...named, "1-denoised.png", "2-denoised.png"]; // the shell's *.png
    const { stdout, stderr } = await runCli(["denoise", ...again, ...here, "--json"], at("in"));
    expect(stderr).toContain("resumed: 2 of 3");
    const pair = (n: number) => ({ input: `${n}.png`, output: `${n}-denoised.png` });
    expect(JSON.parse(stdout)).toMatchObject({
      results: [{ input: "bad.png", error: { code: "INPUT_UNSUPPORTED" } }],
      total: 3,
      failed: 1,
      earlier: ["1-denoised.png", "2-denoised.png"],
      resumed: [pair(1), pair(2)],
    });
  });
});

it("--skip-existing keeps what is there, whatever made it", async () => {
  await mkdir(at("out"));
  await writeFile(at("out/1.png"), "mine");
  const { exitCode, stdout, stderr } = await runCli([...batch, "--skip-existing"], at());
  expect(exitCode).toBe(1);
  expect(lines(stdout).map((line) => line.split(" ")[0])).toEqual(["in/2.png", "in/sub/3.png"]);
  expect(stderr).toContain("nafnet: 1 of 4 pictures had a result already.");
  expect(await readFile(at("out/1.png"), "utf8")).toBe("mine");
  await rm(at("in/bad.png"));
  const again = await runCli([...batch, "--skip-existing", "--json"], at());
  expect(again.exitCode).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ results: [], existing: { length: 3 } });
});

describe("a signal", () => {
  beforeEach(async () => {
    await rm(at("in"), { recursive: true });
    await mkdir(at("in"));
    for (const n of [1, 2, 3, 4, 5, 6]) await writeFile(at(`in/${n}.png`), noisyPng(256, 256));
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "%s ends with %d, whole files only, and the next run goes on",
    async (signal, code) => {
      // The default weights are slow enough to be in the middle of a picture.
      const args = ["denoise", "in", "-o", "out"];
      const child = startCli(args, at());
      child.stdout?.once("data", () => child.kill(signal)); // the first picture is done
      const { exitCode, stdout, stderr } = await outcomeOf(child);
      expect(exitCode).toBe(code);
      // Whichever was read first is restored first: not always the first ones of the list.
      const done = lines(stdout).map((line) => line.split(" ")[0]?.replace("in/", ""));
      const count = done.length;
      expect(count).toBeLessThan(6);
      expect(stderr).toContain(
        `nafnet: interrupted; ${count} of 6 pictures are done; the same command goes on from there.`,
      );
      expect(await readdir(at("out"))).toEqual([".nafnet-journal.jsonl", ...done]);
      const next = await runCli(args, at());
      expect(next.stderr).toContain(`nafnet: resumed: ${count} of 6`);
      expect(lines(next.stdout)).toHaveLength(6 - count);
      expect(await readdir(at("out"))).toEqual([1, 2, 3, 4, 5, 6].map((n) => `${n}.png`));
    },
  );
});
