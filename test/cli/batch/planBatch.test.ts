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
  repeated: string[];
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
  const { jobs, skipped, earlier, repeated, failures } = planned;
  return {
    jobs: Object.fromEntries(jobs.map((job) => [local(job.input), local(job.output)])),
    skipped: skipped.map(local),
    earlier: earlier.map(local),
    repeated: repeated.map(local),
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
    expect(beside.skipped).toEqual(["in/notes.txt"]);
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
    const nothing = { jobs: {}, skipped: [], earlier: [], repeated: [], missing: [] };
    expect(await plan(["empty"])).toEqual(nothing);
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

describe("what systems leave in folders", () => {
  const leftovers = [
    "._photo.jpg",
    ".DS_Store",
    ".hidden/t.jpg",
    ".thumbnails/t.png",
    "@eaDir/photo.jpg/SYNOPHOTO_THUMB_M.jpg",
    "#recycle/old.jpg",
    "$RECYCLE.BIN/old.jpg",
    "__MACOSX/._photo.jpg",
    "lost+found/1.png",
    "Thumbs.db",
    "sub/desktop.ini",
    "sub/@EADIR/1.png",
  ];

  beforeAll(async () => {
    for (const file of [...leftovers, "photo.jpg", "sub/1.JPG"]) {
      await mkdir(dirname(at("nas", file)), { recursive: true });
      await writeFile(at("nas", file), "");
    }
  });

  it.each(["nas", "nas/**/*", "nas/**"])("is passed over: %s", async (input) => {
    expect(await plan([input], "out")).toEqual({
      jobs: { "nas/photo.jpg": "out/photo.jpg", "nas/sub/1.JPG": "out/sub/1.JPG" },
      ...{ skipped: [], earlier: [], repeated: [], missing: [] },
    });
  });

  it("is taken where it is named", async () => {
    const jobs = async (input: string): Promise<string[]> =>
      Object.keys((await plan([input], "out")).jobs);
    for (const file of ["nas/._photo.jpg", "nas/.hidden/t.jpg"]) {
      expect(await jobs(file)).toEqual([file]);
    }
    expect(await jobs("nas/.hidden")).toEqual(["nas/.hidden/t.jpg"]);
    expect(await jobs("nas/@eaDir")).toEqual(["nas/@eaDir/photo.jpg/SYNOPHOTO_THUMB_M.jpg"]);
    expect(await jobs("nas/@eaDir/**/*.jpg")).toHaveLength(1);
    expect(await jobs("nas/.*/*.jpg")).toEqual(["nas/.hidden/t.jpg"]);
    expect(await jobs("nas/{.hidden,sub}/*")).toEqual(["nas/.hidden/t.jpg", "nas/sub/1.JPG"]);
  });
});

describe("a picture that is given twice is done once", () => {
  it.each([
    ["by the same name", ["a.png", "a.png"], "a.png"],
    ["by other ways", ["in/../a.png", "./in/sub/../../a.png"], "a.png"],
    ["with its folder", ["with.dot", "with.dot/1.png"], "with.dot/1.png"],
    ["before its folder", ["with.dot/1.png", "with.dot"], "with.dot/1.png"],
    ["by patterns", ["with.dot/*", "with.dot/*.png"], "with.dot/1.png"],
  ])("%s", async (_, inputs, only) => {
    const local = await planBatch(
      "denoise",
      inputs.map((input) => `${at()}/${input}`), // as it is spelt
      { output: at("out") },
    );
    expect(local.jobs.map(({ input }) => relative(at(), input))).toEqual([only]);
    expect(local.repeated.map((path) => relative(at(), path))).toEqual([only]);
  });

  it("by links to it or to its folder, but not by hard links", async () => {
    await mkdir(at("twice"));
    await symlink(at("a.png"), at("twice/link.png"));
    await symlink(at("with.dot"), at("twice/folder"));
    await link(at("a.png"), at("twice/hard.png"));
    const inputs = ["a.png", "twice/link.png", "twice/hard.png", "with.dot", "twice/folder"];
    const { jobs, repeated } = await plan(inputs, "out");
    expect(jobs).toEqual({
      "a.png": "out/a.png",
      "twice/hard.png": "out/hard.png",
      "with.dot/1.png": "out/1.png",
    });
    expect(repeated).toEqual(["twice/link.png", "twice/folder/1.png"]);
  });

  it("also into a file", async () => {
    expect((await plan(["a.png", "a.png"], "x.png")).jobs).toEqual({ "a.png": "x.png" });
  });

  it("but links in one folder are pictures of their own", async () => {
    await mkdir(at("siblings"));
    await writeFile(at("siblings/a.png"), "");
    await symlink(at("siblings/a.png"), at("siblings/cover.png"));
    expect((await plan(["siblings"], "out")).jobs).toEqual({
      "siblings/a.png": "out/a.png",
      "siblings/cover.png": "out/cover.png",
    });
  });
});

describe("the bytes decide", () => {
  const PNG = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const JPEG = Buffer.from("\xff\xd8\xff\xe0", "latin1");
  const HEIC = Buffer.from("\0\0\0\x18ftypheic", "latin1");

  it("on the extension of a result", async () => {
    await mkdir(at("misnamed"));
    const write = (name: string, bytes: Uint8Array) => writeFile(at("misnamed", name), bytes);
    await write("photo.jpg", PNG);
    await write("phone.JPG", HEIC);
    await write("scan.png", JPEG);
    await write("right.JPEG", JPEG);
    await write("right.jfif", JPEG);
    await write("heif.avif", HEIC);
    await write("gif.png", Buffer.from("GIF89a"));
    expect((await plan(["misnamed"], "out")).jobs).toEqual({
      "misnamed/gif.png": "out/gif.png",
      "misnamed/heif.avif": "out/heif.avif",
      "misnamed/phone.JPG": "out/phone.png",
      "misnamed/photo.jpg": "out/photo.png",
      "misnamed/right.JPEG": "out/right.JPEG",
      "misnamed/right.jfif": "out/right.jfif",
      "misnamed/scan.png": "out/scan.jpg",
    });
    expect((await plan(["misnamed/photo.jpg"])).jobs).toEqual({
      "misnamed/photo.jpg": "misnamed/photo-denoised.png",
    });
    expect((await plan(["misnamed/photo.jpg"], "x.jpg")).jobs).toEqual({
      "misnamed/photo.jpg": "x.jpg",
    });
    await write("nameless", JPEG);
    expect((await plan(["misnamed/nameless"], "out")).jobs).toEqual({
      "misnamed/nameless": "out/nameless.jpg",
    });
  });

  it("and a name that would then be another's keeps its old extension, too", async () => {
    await mkdir(at("clash"));
    await writeFile(at("clash/photo.heic"), HEIC);
    for (const name of ["photo.jpg", "PHOTO.webp", "photo.png"])
      await writeFile(at("clash", name), PNG);
    expect((await plan(["clash"], "out")).jobs).toEqual({
      "clash/PHOTO.webp": "out/PHOTO.webp.png",
      "clash/photo.heic": "out/photo.heic.png",
      "clash/photo.jpg": "out/photo.jpg.png",
      "clash/photo.png": "out/photo.png",
    });
    expect((await plan(["clash/*"])).jobs).toEqual({
      "clash/PHOTO.webp": "clash/PHOTO-denoised.webp.png",
      "clash/photo.heic": "clash/photo-denoised.heic.png",
      "clash/photo.jpg": "clash/photo-denoised.jpg.png",
      "clash/photo.png": "clash/photo-denoised.png",
    });
  });
});

describe("names", () => {
  it.each(["a b.png", "100%.png", "%20.png", "line\nbreak.png", "📷 ä.jpg", "a'\"b.jpe", "-.png"])(
    "such as %j are found in folders and by patterns",
    async (name) => {
      const folder = `odd names ${Buffer.from(name).toString("hex")}`;
      await mkdir(at(folder));
      await writeFile(at(folder, name), "");
      const expected = { [join(folder, name)]: join("out", name) };
      for (const input of [folder, `${folder}/*`, `${folder}/${name}`]) {
        expect((await plan([input], "out")).jobs).toEqual(expected);
      }
    },
  );

  it.each([".jpg", ".jpeg", ".jfif", ".jpe", ".jif", ".jfi", ".pjpeg", ".pjp", ".JFIF"])(
    "in %s are JPEG",
    async (extension) => {
      await mkdir(at(`kinds${extension}`));
      const name = join(`kinds${extension}`, `a${extension}`);
      await writeFile(at(name), "");
      expect((await plan([`kinds${extension}`], "out/")).jobs).toEqual({
        [name]: join("out", `a${extension}`),
      });
      expect((await plan(["a.png"], `x${extension}`)).jobs).toEqual({ "a.png": `x${extension}` });
    },
  );
});

describe("patterns", () => {
  it("find pictures in folders and keep their places in the output folder", async () => {
    const { jobs, skipped } = await plan(["in/**/*"], "out");
    expect(jobs).toEqual({
      "in/1.png": "out/1.png",
      "in/2.jpeg": "out/2.jpeg",
      "in/sub/1.png": "out/sub/1.png",
    });
    expect(skipped).toEqual(["in/notes.txt"]);
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
