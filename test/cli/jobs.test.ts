/** Which files a command line stands for, before anything is restored. */

import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { doneSuffix, planJobs, type Written } from "../../src/cli/jobs.ts";
import { temporaryFolder } from "../api/temporaryFolder.ts";

const at = temporaryFolder();

beforeAll(async () => {
  const files = [
    "a.png",
    "b.JPG",
    "b.png",
    "noext",
    "c.webp",
    "in/1.png",
    "in/2.jpeg",
    "in/notes.txt",
    "in/sub/1.png",
    "in/sub/Thumbs.db",
    "other/1.png",
    "twins/x.jpg",
    "twins/x.png",
    "with.dot/1.png",
  ];
  for (const file of files) {
    await mkdir(dirname(at(file)), { recursive: true });
    await writeFile(at(file), "");
  }
  await mkdir(at("empty"));
  await mkdir(at("folder.png"));
});

/** The plan with paths relative to the folder of the test. */
async function plan(
  inputs: readonly string[],
  output?: string,
  written: Written = {},
): Promise<{ jobs: Record<string, string>; skipped: string[]; missing: string[] }> {
  const local = (path: string): string => relative(at(), path);
  const { jobs, skipped, missing } = await planJobs(
    "denoise",
    inputs.map((input) => at(input)),
    output === undefined ? undefined : at(output) + (output.endsWith("/") ? "/" : ""),
    written,
  );
  return {
    jobs: Object.fromEntries(jobs.map((job) => [local(job.input), local(job.output)])),
    skipped: skipped.map(local),
    missing: missing.map(local),
  };
}

describe("planJobs", () => {
  it("writes beside the picture by default", async () => {
    expect((await plan(["a.png"])).jobs).toEqual({ "a.png": "a-denoised.png" });
    expect((await plan(["b.JPG"])).jobs).toEqual({ "b.JPG": "b-denoised.JPG" });
    expect((await plan(["in/sub/1.png"])).jobs).toEqual({
      "in/sub/1.png": "in/sub/1-denoised.png",
    });
    const both = await plan(["a.png", "in/1.png"]);
    expect(both.jobs).toEqual({ "a.png": "a-denoised.png", "in/1.png": "in/1-denoised.png" });
  });

  it("takes links to pictures, not links to folders or to nothing", async () => {
    await mkdir(at("linked"));
    await symlink(at("a.png"), at("linked/a.png"));
    await symlink(at("in"), at("linked/folder"));
    await symlink(at("nowhere.png"), at("linked/dangling.png"));
    expect((await plan(["linked"], "out")).jobs).toEqual({ "linked/a.png": "out/a.png" });
  });

  it("refuses to overwrite the mask", async () => {
    const same = planJobs("inpaint", [at("a.png")], at("mask.png"), {}, at("mask.png"));
    await expect(same).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("mask.png would be overwritten"),
    });
  });

  it("writes PNG where the name is no picture's, or for 16 bits", async () => {
    expect((await plan(["noext"])).jobs).toEqual({ noext: "noext-denoised.png" });
    expect((await plan(["c.webp"])).jobs).toEqual({ "c.webp": "c-denoised.webp" });
    expect((await plan(["b.JPG"], undefined, { bits: 16 })).jobs).toEqual({
      "b.JPG": "b-denoised.png",
    });
    expect((await plan(["in"], "out", { bits: 16 })).jobs).toMatchObject({
      "in/2.jpeg": "out/2.png",
    });
    expect((await plan(["b.JPG"], undefined, { bits: 8 })).jobs).toEqual({
      "b.JPG": "b-denoised.JPG",
    });
  });

  it("writes the format that it is told, under its extension", async () => {
    const written = async (input: string, written: Written) =>
      Object.values((await plan([input], undefined, written)).jobs)[0];
    expect(await written("b.JPG", { format: "png" })).toBe("b-denoised.png");
    expect(await written("b.JPG", { format: "jpeg" })).toBe("b-denoised.JPG");
    expect(await written("a.png", { format: "tiff", bits: 16 })).toBe("a-denoised.tif");
    expect(await written("a.png", { format: "webp", bits: 16 })).toBe("a-denoised.png");
    expect((await plan(["a.png"], "x.jpg", { format: "png", bits: 16 })).jobs).toEqual({
      "a.png": "x.jpg",
    });
  });

  it("writes to the file that it is told", async () => {
    expect((await plan(["a.png"], "x/y.jpg")).jobs).toEqual({ "a.png": "x/y.jpg" });
    expect((await plan(["a.png"], "x/y.png", { bits: 16 })).jobs).toEqual({ "a.png": "x/y.png" });
  });

  it.each(["out", "out/", "other", "with.dot", "new.dot/", "folder.png"])(
    "writes into the folder %s",
    async (output) => {
      const folder = output.replace(/\/$/, "");
      expect((await plan(["a.png", "b.JPG"], output)).jobs).toEqual({
        "a.png": `${folder}/a.png`,
        "b.JPG": `${folder}/b.JPG`,
      });
    },
  );

  it("keeps a folder's structure and reports what is no picture", async () => {
    const expected = { "in/1.png": "1.png", "in/2.jpeg": "2.jpeg", "in/sub/1.png": "sub/1.png" };
    const under = (folder: string): Record<string, string> =>
      Object.fromEntries(Object.entries(expected).map(([a, b]) => [a, join(folder, b)]));
    const beside = await plan(["in"]);
    expect(beside.jobs).toEqual(under("in-denoised"));
    expect(beside.skipped).toEqual(["in/notes.txt", "in/sub/Thumbs.db"]);
    expect((await plan(["in"], "out")).jobs).toEqual(under("out"));
    expect((await plan(["with.dot"], "out")).jobs).toEqual({ "with.dot/1.png": "out/1.png" });
  });

  it("takes folders and pictures together", async () => {
    expect((await plan(["in/sub", "a.png"], "out")).jobs).toEqual({
      "in/sub/1.png": "out/1.png",
      "a.png": "out/a.png",
    });
  });

  it("names what is missing and does the rest", async () => {
    const { jobs, missing } = await plan(["none.png", "a.png", "nowhere"]);
    expect(jobs).toEqual({ "a.png": "a-denoised.png" });
    expect(missing).toEqual(["none.png", "nowhere"]);
  });

  it("finds nothing in an empty folder", async () => {
    expect(await plan(["empty"])).toEqual({ jobs: {}, skipped: [], missing: [] });
  });

  it("leaves an earlier run's results inside the input alone", async () => {
    expect((await plan(["in"], "in/sub")).jobs).toEqual({
      "in/1.png": "in/sub/1.png",
      "in/2.jpeg": "in/sub/2.jpeg",
    });
  });

  it("writes into a folder that the input is in", async () => {
    expect((await plan(["twins"], "./")).jobs).toEqual({
      "twins/x.jpg": "x.jpg",
      "twins/x.png": "x.png",
    });
    expect((await plan(["with.dot"], ".")).jobs).toEqual({ "with.dot/1.png": "1.png" });
  });

  it.each([
    [["a.png"], "a.png", undefined, "output that is not an input"],
    [["in"], "in", undefined, "output that is not an input"],
    [["in", "in/sub"], "in/", undefined, "output that is not an input"],
    [["a.png", "a.png"], undefined, undefined, "would both become"],
    [["in", "other"], "out", undefined, "would both become"],
    [["twins"], "out", 16, "would both become"],
    [["a.png", "b.JPG"], "x.png", undefined, "Expected a folder for --output"],
    [["in"], "x.png", undefined, "Expected a folder for --output"],
    [["a.png"], "x.jpg", 16, "Expected a .png or .tif output for --bits 16"],
    [["a.png"], "x.webp", 16, "Expected a .png or .tif output for --bits 16"],
    [["a.png"], "x.gif", undefined, "Expected a folder or a file in .png, .jpg, .jpeg, .webp"],
  ] as const)("of %j to %s, bits %s: refused with %s", async (inputs, output, bits, message) => {
    await expect(plan(inputs, output, { bits })).rejects.toMatchObject({
      name: "NafnetError",
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(message),
    });
  });

  it("does twins apart where their names stay apart", async () => {
    expect((await plan(["twins"], "out")).jobs).toEqual({
      "twins/x.jpg": "out/x.jpg",
      "twins/x.png": "out/x.png",
    });
  });
});

it("doneSuffix", () => {
  expect((["denoise", "deblur", "inpaint"] as const).map(doneSuffix)).toEqual([
    "denoised",
    "deblurred",
    "inpainted",
  ]);
});
