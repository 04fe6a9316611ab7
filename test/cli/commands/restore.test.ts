/** `nafnet denoise|deblur|inpaint` on files. */

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { restore } from "../../../src/index.ts";
import { encodePng } from "../../../src/io/png/encodePng.ts";
import { readImage } from "../../../src/io/readImage.ts";
import { readFixture } from "../../io/fixtures.ts";
import { COPYRIGHT, rich } from "../../io/richPictures.ts";
import { decoded, noisyPng, scene } from "../../support/pictures.ts";
import { lines, outcomeOf, runCli, shared, startCli } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { writeTinyWeights } from "../../support/tinyWeights.ts";

const at = temporaryFolder();
const png = noisyPng(40, 24);
const jpeg = readFixture("baseline-420.jpg");

beforeAll(async () => {
  await writeTinyWeights(at("tiny"));
  await writeTinyWeights(at("tiny4"), { imgChannel: 4 });
});

/** A fresh folder with the given files. */
async function folderWith(name: string, files: Record<string, Uint8Array>): Promise<string> {
  for (const [file, bytes] of Object.entries(files)) {
    await mkdir(join(at(name), file, ".."), { recursive: true });
    await writeFile(join(at(name), file), bytes);
  }
  return at(name);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe("what is written", () => {
  it("one picture: beside it, with the default weights", async () => {
    const cwd = await folderWith("single", { "night.png": png });
    const { exitCode, stdout, stderr } = await runCli(["denoise", "night.png"], cwd);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^night\.png -> night-denoised\.png \(40x24, \d+\.\d s\)\n$/);
    expect(exitCode).toBe(0);
    expect(await filesIn(cwd)).toEqual(["night-denoised.png", "night.png"]);
    const { data } = await decoded(join(cwd, "night-denoised.png"));
    expect(data).toStrictEqual((await restore(png, "denoise")).data);
    expect((await readFile(join(cwd, "night.png"))).equals(png)).toBe(true);
  });

  it("a folder: its pictures in their places, what is no picture is counted", async () => {
    const cwd = await folderWith("tree", {
      "in/1.png": png,
      "in/sub/2.jpg": jpeg,
      "in/sub/notes.txt": Buffer.from("notes"),
    });
    const args = ["deblur", "in", "--weights", at("tiny")];
    const { exitCode, stdout, stderr } = await runCli(args, cwd);
    expect(exitCode).toBe(0);
    expect(lines(stdout)).toHaveLength(2);
    expect(lines(stderr)).toEqual([
      `nafnet: left out 1 file that is of no picture format, e.g. ${join("in", "sub", "notes.txt")}.`,
    ]);
    expect(await filesIn(join(cwd, "in-deblurred"))).toEqual(["1.png", join("sub", "2.jpg")]);
    const { width, height } = await decoded(jpeg);
    expect(await decoded(join(cwd, "in-deblurred/sub/2.jpg"))).toMatchObject({ width, height });
  });

  it("several pictures: one that is bad and one that is missing do not stop the rest", async () => {
    const cwd = await folderWith("several", {
      "a.png": png,
      "bad.png": png.subarray(0, png.length / 2),
      "b.jpg": jpeg,
    });
    const inputs = ["a.png", "bad.png", "none.png", "b.jpg"];
    const args = ["denoise", ...inputs, "-o", "out/", "--weights", at("tiny")];
    const { exitCode, stdout, stderr } = await runCli(args, cwd);
    expect(exitCode).toBe(1);
    const journal = ".nafnet-journal.jsonl"; // for the next run
    expect(await filesIn(join(cwd, "out"))).toEqual([journal, "a.png", "b.jpg"]);
    expect(lines(stdout).map((line) => line.split(" ")[0])).toEqual(["a.png", "b.jpg"]);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^nafnet: .*none\.png.* \(INPUT_NOT_FOUND\)$/),
      expect.stringMatching(/^nafnet: bad\.png: .* \(INPUT_CORRUPT\)$/),
      "nafnet: 2 of 4 pictures failed; the same command tries only these again:",
      "  none.png (INPUT_NOT_FOUND)",
      "  bad.png (INPUT_CORRUPT)",
    ]);
  });

  it("several pictures: one whose sides no engine takes does not stop the rest", async () => {
    const wide = encodePng({
      ...{ width: 2 ** 21, height: 1, channels: 1, bitDepth: 8 },
      data: new Uint8Array(2 ** 21),
    });
    const cwd = await folderWith("wide", { "a.png": png, "b.png": wide, "c.png": png });
    const args = ["denoise", "a.png", "b.png", "c.png", "--weights", at("tiny")];
    const { exitCode, stdout } = await runCli(args, cwd);
    expect(exitCode).toBe(1);
    expect(lines(stdout).map((line) => line.split(" ")[0])).toEqual(["a.png", "c.png"]);
  });

  it("--json: one object, and 16 bits make a JPEG a PNG", async () => {
    const cwd = await folderWith("json", {
      "a.png": png,
      "b.jpg": jpeg,
      "bad.jpg": Buffer.from("GIF89a"),
    });
    const flags = ["--json", "--bits", "16", "--engine", "tfjs", "--tlc", "off"];
    const args = ["denoise", "a.png", "b.jpg", "bad.jpg", ...flags, "--weights", at("tiny")];
    const { exitCode, stdout, stderr } = await runCli(args, cwd);
    expect(exitCode).toBe(1);
    expect(stderr).toBe("");
    expect(lines(stdout)).toHaveLength(1);
    const { width, height } = await decoded(jpeg);
    const elapsedMs = expect.any(Number);
    const receipt = expect.objectContaining({ engine: "tfjs", elapsedMs, precision: "float32" });
    const made = { elapsedMs, notes: [], receipt };
    expect(JSON.parse(stdout)).toEqual({
      task: "denoise",
      engine: expect.stringMatching(/^tfjs \(.+\)$/),
      network: expect.stringContaining("NAFNet width 8"),
      weights: {
        task: null,
        license: null,
        training: null,
        tlc: false,
        source: { file: null, sha256: "0".repeat(64) },
      },
      results: [
        { input: "a.png", output: "a-denoised.png", width: 40, height: 24, ...made },
        { input: "b.jpg", output: "b-denoised.png", width, height, ...made },
        { input: "bad.jpg", error: { code: "INPUT_UNSUPPORTED", message: expect.any(String) } },
      ],
      total: 3,
      failed: 1,
      interrupted: false,
      skipped: [],
      earlier: [],
      repeated: [],
      resumed: [],
      existing: [],
    });
    for (const file of ["a-denoised.png", "b-denoised.png"]) {
      const { bitDepth, data } = await decoded(join(cwd, file));
      expect(bitDepth).toBe(16);
      expect(data.some((value) => value % 257 !== 0)).toBe(true);
    }
  });

  it("--format, --quality, --strip and --receipt", async () => {
    const photo = await rich("jpeg", { orientation: 6 });
    const cwd = await folderWith("formats", { "in/a.jpg": photo });
    const tiny = ["--weights", at("tiny")];
    const kept = await runCli(["denoise", "in", ...tiny, "--receipt", "file"], cwd);
    expect([kept.exitCode, kept.stderr]).toEqual([0, ""]);
    expect(await filesIn(join(cwd, "in-denoised"))).toEqual(["a.jpg", "a.jpg.receipt.json"]);
    const result = (await readFile(join(cwd, "in-denoised", "a.jpg"))).toString("latin1");
    expect(result).toContain(COPYRIGHT);
    const args = ["--format", "png", "--strip", "--receipt", "embed", "-o", "out"];
    const { exitCode } = await runCli(["denoise", "in", ...tiny, ...args], cwd);
    expect(exitCode).toBe(0);
    expect(await filesIn(join(cwd, "out"))).toEqual(["a.png"]);
    const { metadata } = await readImage(join(cwd, "out", "a.png"));
    expect(metadata.exif).toBeUndefined();
    expect(metadata.comments?.map(({ keyword }) => keyword)).toEqual(["nafnet"]);
    const small = await runCli(["denoise", "in", ...tiny, "--quality", "40", "-o", "small"], cwd);
    expect(small.exitCode).toBe(0);
    expect((await readImage(join(cwd, "small", "a.jpg"))).metadata.quality).toBe(40);
  });

  it("what is not carried along is said", async () => {
    const cwd = await folderWith("notes", { "a.jpg": readFixture("cmyk.jpg") });
    const { exitCode, stderr } = await runCli(["denoise", "a.jpg", "--weights", at("tiny")], cwd);
    expect(stderr).toMatch(/^nafnet: a\.jpg: The picture was CMYK and is now RGB/);
    expect(exitCode).toBe(0);
  });

  it("what the format asked for has no place for is said", async () => {
    const { data } = scene(8, 6);
    const pixels = { width: 8, height: 6, channels: 4, bitDepth: 16 } as const;
    const deep = Uint16Array.from({ length: 8 * 6 * 4 }, (_, i) => data[i % data.length]! * 257);
    const cwd = await folderWith("losses", { "a.png": encodePng({ ...pixels, data: deep }) });
    const said = async (...flags: string[]): Promise<string[]> => {
      const args = ["denoise", "a.png", "--weights", at("tiny"), ...flags];
      const { exitCode, stderr } = await runCli(args, cwd);
      expect(exitCode).toBe(0);
      return lines(stderr);
    };
    const alpha = "nafnet: a.png: JPEG has no alpha: what was transparent is white.";
    const bits = "nafnet: a.png: The picture's 16 bits per channel are 8, as jpeg has no more.";
    expect(await said("-o", "x.jpg")).toEqual([alpha, bits]);
    expect(await said("--format", "jpeg", "--bits", "8", "-o", "out")).toEqual([alpha]);
    expect(await said("-o", "x.png")).toEqual([]);
  });

  it("a picture by a file: URL, once", async () => {
    const cwd = await folderWith("urls", { "a b%.png": png, "masks/ü.png": png });
    const url = (name: string): string => pathToFileURL(join(cwd, name)).href;
    const args = ["denoise", url("a b%.png"), "a b%.png", "--weights", url("../tiny")];
    const { exitCode, stdout, stderr } = await runCli([...args, "-o", url("out/")], cwd);
    expect(lines(stderr)).toEqual(["nafnet: left out 1 file that is given twice, e.g. a b%.png."]);
    expect(exitCode).toBe(0);
    expect(lines(stdout)).toHaveLength(1);
    expect(await filesIn(join(cwd, "out"))).toEqual(["a b%.png"]);
  });

  it("inpaint: a mask that marks nothing is said", async () => {
    const mask = encodePng({ ...scene(40, 24), data: new Uint8Array(40 * 24 * 3) });
    const cwd = await folderWith("black mask", { "a.png": png, "mask.png": mask });
    const args = ["inpaint", "a.png", "--mask", "mask.png", "--weights", at("tiny4")];
    const { exitCode, stderr } = await runCli(args, cwd);
    expect(lines(stderr)).toEqual([
      "nafnet: a.png: The mask (mask.png) marks nothing, so that nothing is filled in; paint the holes white.",
    ]);
    expect(exitCode).toBe(0);
  });

  it("inpaint: what the mask marks", async () => {
    const mask = {
      ...scene(40, 24),
      channels: 1,
      data: new Uint8Array(40 * 24).fill(255, 100, 200),
    } as const;
    const cwd = await folderWith("inpaint", { "a.png": png, "mask.png": encodePng(mask) });
    const args = [
      "inpaint",
      "a.png",
      "--mask",
      "mask.png",
      "--weights",
      at("tiny4"),
      "-o",
      "x/filled.jpeg",
    ];
    const { exitCode, stderr } = await runCli(args, cwd);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(await decoded(join(cwd, "x/filled.jpeg"))).toMatchObject({ width: 40, height: 24 });
  });

  it("all pictures, also when nobody reads the lines any more", async () => {
    const names = ["a.png", "b.png", "c.png", "d.png"];
    const files = Object.fromEntries(names.map((name) => [name, png]));
    const cwd = await folderWith("unread", files);
    const child = startCli(["denoise", ...names, "--weights", at("tiny"), "-o", "out/"], cwd);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { exitCode, stderr } = await outcomeOf(child);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(await filesIn(join(cwd, "out"))).toEqual(names);
  });

  it("nothing where there are no pictures", async () => {
    const cwd = await folderWith("none", { "in/notes.txt": Buffer.from("notes") });
    const { stdout, stderr } = await runCli(["denoise", "in"], cwd);
    expect(stdout).toBe("");
    expect(lines(stderr).at(-1)).toBe("nafnet: no pictures found.");
    expect(await filesIn(cwd)).toEqual([join("in", "notes.txt")]);
  });

  const checkpoint = join(shared, "checkpoints", "denoise-mdta-w16.pth");
  const absent = existsSync(checkpoint) ? "" : " (skipped: no ../shared/checkpoints)";
  it.skipIf(absent !== "")(`--weights of PyTorch${absent}`, async () => {
    const cwd = await folderWith("pth", { "a.png": png });
    const args = ["denoise", "a.png", "--weights", checkpoint, "-o", "x.png"];
    const { exitCode, stderr } = await runCli(args, cwd);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    const { data } = await decoded(join(cwd, "x.png"));
    expect(data).toStrictEqual((await restore(png, "denoise")).data);
  });
});

describe("files as people have them", () => {
  const cases = join(shared, "cases");
  const reason = existsSync(cases) ? "" : " (skipped: no ../shared/cases)";

  it.skipIf(reason !== "").each([
    ["folder", "photo.jpg", "jpeg"],
    ["edge.jfif", "edge.jfif", "jpeg"],
    ["png16alpha-named.jpg", "png16alpha-named.png", "png"],
    ["webp-named.jpg", "webp-named.webp", "webp"],
  ])(`%s gives %s, and nothing else is said${reason}`, async (input, output, format) => {
    const out = at(`out of ${input}`);
    const args = ["denoise", join(cases, input), "--weights", at("tiny"), "-o", `${out}/`];
    const { exitCode, stdout, stderr } = await runCli(args, at());
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(lines(stdout)).toHaveLength(1);
    expect(await filesIn(out)).toEqual([output]);
    const source = input === "folder" ? join(cases, input, "photo.jpg") : join(cases, input);
    const before = await readImage(source);
    const after = await readImage(join(out, output));
    expect([before.format, after.format]).toEqual([format, format]);
    const { channels, bitDepth } = before.raster;
    expect(after.raster).toMatchObject({ channels, bitDepth });
  });

  it.skipIf(reason !== "")(`edge.jfif as another one, and in a folder${reason}`, async () => {
    const cwd = await folderWith("jfif", {
      "in/edge.jfif": await readFile(join(cases, "edge.jfif")),
    });
    const tiny = ["--weights", at("tiny")];
    const named = await runCli(["denoise", "in/edge.jfif", ...tiny, "-o", "x.jfif"], cwd);
    expect([named.exitCode, named.stderr]).toEqual([0, ""]);
    const found = await runCli(["denoise", "in", ...tiny], cwd);
    expect([found.exitCode, found.stderr]).toEqual([0, ""]);
    for (const file of ["x.jfif", "in-denoised/edge.jfif"]) {
      expect((await readImage(join(cwd, file))).format).toBe("jpeg");
    }
  });

  it("a misnamed picture: --skip-existing and an interrupted run know its result", async () => {
    const cwd = await folderWith("misnamed", {
      "in/a.jpg": png,
      "in/b.png": png,
      "in/bad.png": png.subarray(0, 99),
    });
    const args = ["denoise", "in", "--weights", at("tiny")];
    const first = await runCli(args, cwd);
    expect(first.exitCode).toBe(1);
    const again = await runCli(args, cwd);
    expect(lines(again.stderr)[0]).toMatch(/resumed: 2 of 3 were done/);
    const existing = await runCli([...args, "--skip-existing"], cwd);
    expect(existing.stderr).toMatch(/2 of 3 pictures had a result already/);
    expect(await filesIn(join(cwd, "in-denoised"))).toEqual([
      ".nafnet-journal.jsonl",
      "a.png",
      "b.png",
    ]);
  });
});

describe("refused before anything is written", () => {
  it.each([
    ["output is the input", ["a.png", "-o", "a.png"], "output that is not an input"],
    ["output folder is the input's", ["in", "-o", "in"], "output that is not an input"],
    ["two of a name", ["a.png", "in/a.png", "-o", "out"], "would both become"],
    ["one file for two", ["a.png", "b.png", "-o", "x.png"], "Expected a folder for --output"],
    [
      "JPEG of 16 bits",
      ["a.png", "-o", "x.jpg", "--bits", "16"],
      ".png or .tif output for --bits 16",
    ],
    ["a format not written", ["a.png", "-o", "x.gif"], ".png, .jpg, .jpeg, .webp"],
    ["a damaged URL", ["file:///tmp/%zz.png"], "a path or a file: URL"],
    ["a URL of another machine", ["https://example.com/a.png"], "download it first"],
    ["TLC with MDTA", ["a.png", "--tlc", "on"], "TLC makes the means"],
  ])("%s", async (name, args, message) => {
    const cwd = await folderWith(name, { "a.png": png, "b.png": png, "in/a.png": png });
    const { exitCode, stdout, stderr } = await runCli(["denoise", ...args], cwd);
    expect(lines(stderr)).toEqual([expect.stringMatching(/^nafnet: Expected |^nafnet: TLC /)]);
    expect(stderr).toContain(message);
    expect(stderr).toContain("(INVALID_ARGUMENT)");
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(await filesIn(cwd)).toEqual(["a.png", "b.png", join("in", "a.png")]);
    expect((await readFile(join(cwd, "a.png"))).equals(png)).toBe(true);
  });

  it.each([
    ["weights that are not there", ["denoise", "a.png", "--weights", "nowhere"], "INPUT_NOT_FOUND"],
    ["inpaint without weights", ["inpaint", "a.png", "--mask", "a.png"], "WEIGHTS_MISSING"],
  ])("%s: exit code 1", async (name, args, code) => {
    const cwd = await folderWith(name, { "a.png": png });
    const { exitCode, stdout, stderr } = await runCli(args, cwd);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(new RegExp(`^nafnet: .* \\(${code}\\)$`)),
    ]);
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
    expect(await filesIn(cwd)).toEqual(["a.png"]);
  });
});
