/** `nafnet denoise -`: a part of a pipe. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { detectFormat } from "../../../src/io/detectFormat.ts";
import { readFixture } from "../../io/fixtures.ts";
import { decoded, noisyPng } from "../../support/pictures.ts";
import { lines, outcomeOf, pipeThroughCli, runCli, startPipedCli } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { writeTinyWeights } from "../../support/tinyWeights.ts";

const at = temporaryFolder();
const png = noisyPng(40, 24);
const jpeg = readFixture("baseline-420.jpg");

beforeAll(async () => {
  await writeTinyWeights(at("tiny"));
  await writeFile(at("a.png"), png);
  await runCli(["denoise", "a.png", "--weights", "tiny", "-o", "expected.png"], at());
});

describe("from standard input", () => {
  it("to standard output: the picture that a file gives, and nothing else", async () => {
    const args = ["denoise", "-", "--weights", "tiny"];
    const { exitCode, stdout, stderr } = await pipeThroughCli(png, args, at());
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(stdout.equals(await readFile(at("expected.png")))).toBe(true);
  });

  it.each([
    ["JPEG", [], "JPEG"],
    ["JPEG", ["--bits", "16"], "PNG"],
    ["PNG", ["-o", "-", "--bits", "16"], "PNG"],
    ["PNG", ["--format", "jpeg", "--quality", "80"], "JPEG"],
  ])("%s with %j gives %s", async (input, flags, output) => {
    const args = ["denoise", "-", "--weights", "tiny", ...flags];
    const bytes = input === "JPEG" ? jpeg : png;
    const { exitCode, stdout } = await pipeThroughCli(bytes, args, at());
    expect(exitCode).toBe(0);
    expect(detectFormat(stdout)?.name).toBe(output);
    const { width, height } = await decoded(bytes);
    expect(await decoded(stdout)).toMatchObject({ width, height });
  });

  it("to a file, as its name says", async () => {
    const args = ["denoise", "-", "--weights", "tiny", "-o", "made/x.jpg"];
    const { exitCode, stdout } = await pipeThroughCli(png, args, at());
    expect(exitCode).toBe(0);
    expect(stdout).toHaveLength(0);
    expect(detectFormat(await readFile(at("made/x.jpg")))?.name).toBe("JPEG");
  });

  it.each([
    ["nothing", Buffer.alloc(0), "INPUT_CORRUPT"],
    ["half a picture", png.subarray(0, png.length / 2), "INPUT_CORRUPT"],
    ["a GIF", Buffer.from("GIF89a"), "INPUT_UNSUPPORTED"],
  ])("%s is refused on standard error", async (_, input, code) => {
    const { exitCode, stdout, stderr } = await pipeThroughCli(input, ["denoise", "-"], at());
    expect(exitCode).toBe(1);
    expect(stdout).toHaveLength(0);
    expect(lines(stderr)).toEqual([expect.stringMatching(new RegExp(`^nafnet: .*\\(${code}\\)$`))]);
  });
});

it("Ctrl-C while it waits for the rest of the input: exit code 130", async () => {
  const child = startPipedCli(["denoise", "-"], at());
  const outcome = outcomeOf(child);
  // More than a pipe holds: once it is taken, the command reads.
  child.stdin.write(Buffer.alloc(2 ** 20), () => child.kill("SIGINT"));
  expect(await outcome).toEqual({ exitCode: 130, stdout: "", stderr: "nafnet: interrupted.\n" });
});

describe("refused", () => {
  it.each([
    [["-", "a.png"], "Expected - alone"],
    [["a.png", "-o", "-"], "Expected - alone"],
    [["-", "-o", "out"], "Expected a file for --output"],
    [["-", "--receipt", "file"], "Expected a file for --output beside"],
    [["-", "--suffix", "x"], "Expected no --suffix"],
    [["-", "--skip-existing"], "Expected no --skip-existing"],
    [["-", "--json"], "Expected no --json"],
  ])("%j", async (args, message) => {
    const before = await readdir(at());
    const { exitCode, stdout, stderr } = await pipeThroughCli(png, ["denoise", ...args], at());
    expect(stderr).toContain(message);
    expect(stderr).toContain("(INVALID_ARGUMENT)");
    expect(exitCode).toBe(2);
    expect(stdout).toHaveLength(0);
    expect(await readdir(at())).toEqual(before);
  });
});
