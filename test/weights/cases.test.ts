/** Checkpoints that PyTorch 1.13 wrote as training programs do, all of one network (genckpt.py beside them). */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { convertCheckpoint } from "../../src/weights/convertCheckpoint.ts";
import { readCheckpoint } from "../../src/weights/pytorch/readCheckpoint.ts";
import { shared } from "../support/runCli.ts";

const folder = join(shared, "cases", "ckpt");
const reason = existsSync(folder) ? "" : " (skipped: no ../shared/cases beside the repository)";

/** Of the network's tensors as float32 in the order of their names, by PyTorch. */
const SHA256 = "d742f0103f571e789f0087b50862eed73a34e68b1831f8cd0fd9301783a99b43";

const CASES: ReadonlyArray<readonly [file: string, place: string, warnings: readonly string[]]> = [
  ["c06-lightning-net_g.ckpt", 'under "state_dict", behind the prefix "net_g."', []],
  ["c07-lightning-model.ckpt", 'under "state_dict", behind the prefix "model."', []],
  [
    "c08-lightning-model-and-loss.ckpt",
    'under "state_dict", behind the prefix "model."',
    ["Left out 2 tensors that the network does not use, e.g. loss.vgg.weight."],
  ],
  [
    "c10-swa-averaged.pth",
    'behind the prefix "module."',
    ["Left out a tensor that the network does not use: n_averaged."],
  ],
  [
    "c11-thop.pth",
    "",
    ["Left out 104 tensors that the network does not use, e.g. intro.total_ops."],
  ],
  ["c18-set-tuple.pth", 'under "params"', []],
  ["c19-defaultdict.pth", 'under "params"', []],
  [
    "c21-ema-key.pth",
    'under "ema"',
    ['Took the averaged weights under "ema" and left what lies under "model".'],
  ],
  ["c24-nested.pth", 'under "model" → "state_dict"', []],
];

describe.skipIf(reason !== "")(`checkpoints as people have them${reason}`, () => {
  it.each(CASES)("%s", async (file, place, warnings) => {
    const checkpoint = await readCheckpoint(join(folder, file));
    expect(checkpoint.place).toBe(place);
    const converted = convertCheckpoint(checkpoint, file);
    expect(converted.warnings).toEqual(warnings);
    expect(converted.weights.network.summary).toBe(
      "NAFNet width 8, enc [1,1] mid 1 dec [1,1], SCA, 3 channels",
    );
    const hash = createHash("sha256");
    const names = converted.weights.network.parameters.map((parameter) => parameter.pytorchName);
    for (const name of names.sort()) hash.update(checkpoint.stateDict.get(name)!.toFloat32()); // identified
    expect(hash.digest("hex")).toBe(SHA256);
  });
});
