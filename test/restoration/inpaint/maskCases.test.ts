/** Masks of other people's programs, with a network that gives back what it was given: holes are black. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRestorer } from "../../../src/index.ts";
import type { Restorer } from "../../../src/restoration/Restorer.ts";
import { shared } from "../../support/runCli.ts";

const at = (name: string): string => join(shared, "cases", name);
const reason = existsSync(at("hole.npy")) ? "" : " (skipped: no ../shared/cases)";

describe.skipIf(reason !== "")(`masks${reason}`, () => {
  let restorer: Restorer;
  let expected: boolean[] = [];

  beforeAll(async () => {
    restorer = await createRestorer("inpaint", { weights: at("ckpt/identity4.pth") });
    const npy = await readFile(at("hole.npy"));
    expected = [...npy.subarray(10 + npy.readUInt16LE(8))].map((value) => value === 1);
  });

  afterAll(() => restorer.dispose());

  it.each([
    ["m02-alpha-only-rgb-black.png", "holes", []],
    ["m03-white-brush-on-transparent-white.png", "holes", []],
    ["m06-blue.png", "holes", []],
    ["m07-green.png", "holes", []],
    ["m11-all-white.png", "everything", [/marks the whole picture/]],
    ["m12-all-black.png", "nothing", [/marks nothing/]],
    ["m15-inverted.png", "the rest", [/may be inverted/]],
    ["m16-green-and-red-highlighter-on-photo.png", "holes", [/looks like a photograph/]],
  ])("%s: %s", async (mask, what, notes) => {
    const { data, notes: said } = await restorer.restore(at("m00-picture.png"), {
      mask: at(mask),
      checks: false,
    });
    const holes = expected.map((_, i) => data.subarray(3 * i, 3 * i + 3).every((v) => v === 0));
    const wanted = {
      holes: expected,
      everything: expected.map(() => true),
      nothing: expected.map(() => false),
      "the rest": expected.map((hole) => !hole),
    }[what];
    expect(holes).toEqual(wanted);
    expect(said).toEqual(notes.map((note) => expect.stringMatching(note)));
  });
});
