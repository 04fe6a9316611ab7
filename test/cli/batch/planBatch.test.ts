/** The files that a command line stands for, before anything is restored. */

import { link, mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { planBatch } from "../../../src/cli/batch/planBatch.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

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
    "in/.nafnet-journal.jsonl",
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
  bits?: 8 | 16,
  more: { suffix?: string; skipExisting?: true } = {},
): Promise<{
  jobs: Record<string, string>;
  skipped: string[];
  earlier: string[];
  missing: string[];
}> {
  const local = (path: string): string => relative(at(), path);
  const flags = {
    ...(output !== undefined && { output: at(output) + (output.endsWith("/") ? "/" : "") }),
    ...(bits !== undefined && { bits }),
    ...more,
  };
  const planned = await planBatch(
    "denoise",
    inputs.map((input) => at(input)),
    flags,
  );
  const { jobs, skipped, earlier, failures } = planned;
  return {
    jobs: Object.fromEntries(jobs.map((job) => [local(job.input), local(job.output)])),
    skipped: skipped.map(local),
    earlier: earlier.map(local),
    missing: failures.map(({ input }) => local(input)),
  };
}

describe("planBatch", () => {
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
    const same = planBatch("inpaint", [at("a.png")], {
      output: at("mask.png"),
      mask: at("mask.png"),
    });
    await expect(same).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("mask.png would be overwritten"),
    });
  });

  it("writes PNG where the name is no picture's, or for 16 bits", async () => {
    expect((await plan(["noext"])).jobs).toEqual({ noext: "noext-denoised.png" });
    expect((await plan(["c.webp"])).jobs).toEqual({ "c.webp": "c-denoised.webp" });
    expect((await plan(["b.JPG"], undefined, 16)).jobs).toEqual({ "b.JPG": "b-denoised.png" });
    expect((await plan(["in"], "out", 16)).jobs).toMatchObject({ "in/2.jpeg": "out/2.png" });
    expect((await plan(["b.JPG"], undefined, 8)).jobs).toEqual({ "b.JPG": "b-denoised.JPG" });
  });

  it("writes the format that it is told, under its extension", async () => {
    const written = async (input: string, flags: Parameters<typeof planBatch>[2]) =>
      (await planBatch("denoise", [at(input)], flags)).jobs.map(({ output }) => basename(output));
    expect(await written("b.JPG", { format: "png" })).toEqual(["b-denoised.png"]);
    expect(await written("b.JPG", { format: "jpeg" })).toEqual(["b-denoised.JPG"]);
    expect(await written("a.png", { format: "tiff", bits: 16 })).toEqual(["a-denoised.tif"]);
    expect(await written("a.png", { format: "webp", bits: 16 })).toEqual(["a-denoised.png"]);
    const output = at("x.jpg"); // its name is kept, whatever is in it
    expect(await written("a.png", { format: "png", bits: 16, output })).toEqual(["x.jpg"]);
  });

  it("writes to the file that it is told", async () => {
    expect((await plan(["a.png"], "x/y.jpg")).jobs).toEqual({ "a.png": "x/y.jpg" });
    expect((await plan(["a.png"], "x/y.png", 16)).jobs).toEqual({ "a.png": "x/y.png" });
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
    expect(await plan(["empty"])).toEqual({ jobs: {}, skipped: [], earlier: [], missing: [] });
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
    await expect(plan(inputs, output, bits)).rejects.toMatchObject({
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

describe("patterns", () => {
  it("find pictures in folders and keep their places in the output folder", async () => {
    const { jobs, skipped } = await plan(["in/**/*"], "out");
    expect(jobs).toEqual({
      "in/1.png": "out/1.png",
      "in/2.jpeg": "out/2.jpeg",
      "in/sub/1.png": "out/sub/1.png",
    });
    expect(skipped).toEqual(["in/notes.txt", "in/sub/Thumbs.db"]);
    expect((await plan(["in/*.png"], "out")).jobs).toEqual({ "in/1.png": "out/1.png" });
    expect((await plan(["{in,other}/1.png"], "out")).jobs).toEqual({
      "in/1.png": "out/in/1.png",
      "other/1.png": "out/other/1.png",
    });
  });

  it("write beside each picture without an output folder", async () => {
    expect((await plan(["in/**/*.png"])).jobs).toEqual({
      "in/1.png": "in/1-denoised.png",
      "in/sub/1.png": "in/sub/1-denoised.png",
    });
  });

  it("are names where a file has that name", async () => {
    await mkdir(at("odd"));
    await writeFile(at("odd/[1].png"), "");
    await writeFile(at("odd/1.png"), "");
    expect((await plan(["odd/[1].png"], "out")).jobs).toEqual({ "odd/[1].png": "out/[1].png" });
  });

  it("that match nothing, or in no folder, are missing, and the rest is done", async () => {
    const { jobs, missing } = await plan(["in/*.gif", "nowhere/*.png", "a.png"]);
    expect(missing).toEqual(["in/*.gif", "nowhere"]);
    expect(jobs).toEqual({ "a.png": "a-denoised.png" });
  });

  it("leave out what they have made before", async () => {
    await mkdir(at("again/out"), { recursive: true });
    for (const name of ["a.png", "a-denoised.png", "a-denoised-denoised.png", "out/b.png"]) {
      await writeFile(at("again", name), "");
    }
    const beside = await plan(["again/*.png"]);
    expect(beside.jobs).toEqual({ "again/a.png": "again/a-denoised.png" });
    expect(beside.earlier).toEqual(["again/a-denoised-denoised.png", "again/a-denoised.png"]);
    expect((await plan(["again/**/[ab].png"], "again/out")).earlier).toEqual(["again/out/b.png"]);
    // Named ones are only left out where they are kept.
    const named = ["again/a.png", "again/a-denoised.png"];
    await expect(plan(named)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    const kept = await plan(named, undefined, undefined, { skipExisting: true });
    expect(kept.earlier).toEqual(["again/a-denoised.png"]);
  });

  it("do not leave their folder", async () => {
    await expect(plan(["in"], "out")).resolves.toBeDefined();
    await expect(
      planBatch("denoise", [`${at("in")}/*/../../a.png`], { output: at("out") }),
    ).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("Expected no .. after the first wildcard"),
    });
  });
});

describe("--suffix", () => {
  it("takes the place of the task's", async () => {
    const suffix = { suffix: "_new" };
    expect((await plan(["a.png"], undefined, undefined, suffix)).jobs).toEqual({
      "a.png": "a_new.png",
    });
    expect((await plan(["in"], undefined, undefined, suffix)).jobs).toMatchObject({
      "in/1.png": "in_new/1.png",
    });
    expect((await plan(["in"], "out", undefined, suffix)).jobs).toMatchObject({
      "in/sub/1.png": "out/sub/1_new.png",
    });
  });

  it.each([
    ["", undefined, "output that is not an input"],
    ["/../../x", undefined, "without slashes"],
    ["_x", "x.png", "no --suffix"],
  ])("%j to %s is refused with %s", async (suffix, output, message) => {
    await expect(plan(["a.png"], output, undefined, { suffix })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(message),
    });
  });
});

describe("links", () => {
  it("to a folder of the inputs from elsewhere do not hide that an input would be overwritten", async () => {
    await symlink(at("in"), at("alias"));
    await expect(plan(["in/1.png"], "alias")).rejects.toMatchObject({
      message: expect.stringContaining("output that is not an input"),
    });
  });

  it.each([
    ["hard", link],
    ["symbolic", symlink],
  ])("that are outputs and, as %s links, inputs are not overwritten", async (kind, make) => {
    await mkdir(at(kind));
    await make(at("other/1.png"), at(kind, "1.png"));
    await expect(plan(["other"], kind)).rejects.toMatchObject({
      message: expect.stringContaining("output that is not an input"),
    });
  });

  it("do not lead out of the output folder", async () => {
    await mkdir(at("results"));
    await mkdir(at("elsewhere"));
    await symlink(at("elsewhere"), at("results/sub"));
    await expect(plan(["in"], "results")).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(
        /Expected results within .*results but .* leads to .*elsewhere/,
      ),
    });
    // The output folder itself may be one.
    await symlink(at("elsewhere"), at("results2"));
    expect((await plan(["in/1.png"], "results2")).jobs).toEqual({ "in/1.png": "results2/1.png" });
  });

  it("in a circle end", async () => {
    await mkdir(at("circle/a"), { recursive: true });
    await writeFile(at("circle/a/1.png"), "");
    await symlink(at("circle"), at("circle/a/again"));
    expect((await plan(["circle"], "out")).jobs).toEqual({ "circle/a/1.png": "out/a/1.png" });
    expect((await plan(["circle/**/*.png"], "out")).jobs).toEqual({
      "circle/a/1.png": "out/a/1.png",
    });
  });
});
