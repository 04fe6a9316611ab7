/** What was left out of a checkpoint reaches whoever restores with it. */

import { writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createRestorer, restore } from "../../src/index.ts";
import { scene } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { checkpoint, dict, network, scalar } from "../weights/pytorch/networkCheckpoint.ts";

const at = temporaryFolder();

it("in the restorer's warnings and in each receipt, where there is something", async () => {
  const picture = scene(24, 16);
  // All weights 0: the network adds nothing to its picture.
  const averaged = { ...network(0, "net_g_ema."), "loss.weight": scalar(3) };
  await writeFile(
    at("gan.ckpt"),
    checkpoint({ state_dict: dict({ ...network(9, "net_g."), ...averaged }) }),
  );
  const warnings = [
    'Took the averaged weights under "state_dict", behind the prefix "net_g_ema." and left what lies under "state_dict", behind the prefix "net_g.".',
    "Left out a tensor that the network does not use: loss.weight.",
  ];
  using restorer = await createRestorer("denoise", { weights: at("gan.ckpt") });
  expect(restorer.warnings).toEqual(warnings);
  const restored = await restorer.restore(picture);
  expect(restored.receipt.weightsWarnings).toEqual(warnings);
  expect(restored.data).toEqual(picture.data);

  await writeFile(at("plain.pth"), checkpoint(network(0)));
  const { receipt } = await restore(picture, "denoise", { weights: at("plain.pth") });
  expect(receipt).not.toHaveProperty("weightsWarnings");
});
