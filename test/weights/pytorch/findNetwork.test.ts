/** The network in checkpoints as training programs lay them out: wrappers, prefixes, averages, losses. */

import { describe, expect, it } from "vitest";
import { convertCheckpoint } from "../../../src/weights/convertCheckpoint.ts";
import { readCheckpoint } from "../../../src/weights/pytorch/readCheckpoint.ts";
import { errorOf, rejectionOf } from "../../support/errors.ts";
import { TINY_MDTA, TINY_SCA } from "../../support/networks.ts";
import { checkpoint, dict, type Entries, int, network, scalar, text } from "./networkCheckpoint.ts";
import { pickle } from "./pickleBuilder.ts";

/** The number that fills the network that is taken, its place, and what is said. */
async function taken(root: Entries) {
  const read = await readCheckpoint(checkpoint(root));
  const { weights, warnings } = convertCheckpoint(read, "some.pth");
  expect(weights.network.config).toEqual(TINY_SCA);
  const values = new Set([...weights.tensors.values()].flatMap(({ data }) => [...new Set(data)]));
  expect(values.size).toBe(1);
  const { wrapper, prefix, otherKeys } = read;
  return { value: [...values][0], wrapper, prefix, otherKeys, warnings };
}

describe("one network", () => {
  it.each([
    ...[
      "net_g.",
      "netG.",
      "generator.",
      "model.",
      "module.",
      "_orig_mod.",
      "model.net.",
      "anything.",
    ],
    ...["module._orig_mod.", "_orig_mod.module.", "model._orig_mod.module.net_g.", "state_dict."],
  ])("behind the prefix %s", async (prefix) => {
    const found = { value: 1, wrapper: undefined, prefix, otherKeys: [], warnings: [] };
    expect(await taken(network(1, prefix))).toEqual(found);
    const lightning = { epoch: int(3), state_dict: dict(network(1, prefix)), loops: dict({}) };
    const inside = { ...found, wrapper: "state_dict", otherKeys: ["epoch", "loops"] };
    expect(await taken(lightning)).toEqual(inside);
  });

  it.each([
    ...["params", "params_ema", "params-ema", "state_dict", "model_state_dict", "model", "net"],
    ...["net_g", "net_g_ema", "netG", "ema", "model_ema", "ema_state_dict", "generator", "weights"],
    "a name of its own",
  ])("under %s", async (wrapper) => {
    const found = { value: 1, wrapper, prefix: "", otherKeys: ["epoch"], warnings: [] };
    expect(await taken({ [wrapper]: dict(network(1)), epoch: int(3) })).toEqual(found);
  });

  it("under wrappers in wrappers", async () => {
    const root = { a: int(1), model: dict({ b: int(2), state_dict: dict(network(1, "module.")) }) };
    expect(await taken(root)).toEqual({
      ...{ value: 1, wrapper: "model.state_dict", prefix: "module.", warnings: [] },
      otherKeys: ["a", "model.b"],
    });
  });

  it("beside a loss, a discriminator and an optimizer", async () => {
    const state = {
      ...network(1, "net_g."),
      "net_d.0.weight": scalar(2),
      "loss.vgg.mean": scalar(2),
    };
    const optimizer = dict({ exp_avg: dict(network(3)) });
    const { value, warnings } = await taken({ optimizer, state_dict: dict(state) });
    expect(value).toBe(1);
    expect(warnings).toEqual([
      "Left out 2 tensors that the network does not use, e.g. net_d.0.weight.",
    ]);
  });

  it("of AveragedModel, with its counter", async () => {
    const { value, prefix, warnings } = await taken({
      n_averaged: scalar(7),
      ...network(1, "module."),
    });
    expect([value, prefix]).toEqual([1, "module."]);
    expect(warnings).toEqual(["Left out a tensor that the network does not use: n_averaged."]);
  });

  it("in the thesis's spelling, behind a prefix", async () => {
    const entries = Object.entries(network(1, "module.", TINY_MDTA)).map(
      ([key, value]) =>
        [key.replace("middle_blks", "middle_blk").replace("mdta", "mdfa"), value] as const,
    );
    const file = checkpoint({
      model_state_dict: dict(Object.fromEntries(entries)),
      optimizer_state_dict: dict({}),
    });
    const { weights, warnings } = convertCheckpoint(await readCheckpoint(file), null);
    expect(weights.network.config).toEqual(TINY_MDTA);
    expect(weights.network.parameters.some((p) => /mdfa|middle_blk\./.test(p.pytorchName))).toBe(
      false,
    );
    expect(warnings).toEqual([]);
  });
});

describe("several networks", () => {
  const under = (entries: Readonly<Record<string, number>>): Entries =>
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, dict(network(value))]));

  it.each<[string, Entries, number, string]>([
    [
      "ema and model",
      under({ model: 1, ema: 2 }),
      2,
      'Took the averaged weights under "ema" and left what lies under "model".',
    ],
    [
      "params and params-ema",
      under({ params: 1, "params-ema": 2 }),
      2,
      'Took the averaged weights under "params-ema" and left what lies under "params".',
    ],
    [
      "net_g and net_g_ema behind prefixes",
      { state_dict: dict({ ...network(1, "net_g."), ...network(2, "net_g_ema.") }) },
      2,
      'Took the averaged weights under "state_dict", behind the prefix "net_g_ema." and left what lies under "state_dict", behind the prefix "net_g.".',
    ],
    [
      "a copy among the network's own keys",
      { ...network(1), ...network(2, "ema_model.") },
      2,
      'Took the averaged weights behind the prefix "ema_model." and left what lies at the top.',
    ],
    [
      "modelEMA in camel case",
      under({ best: 1, modelEMA: 2 }),
      2,
      'Took the averaged weights under "modelEMA" and left what lies under "best".',
    ],
    [
      "names that are no average, of which one is usual",
      under({ teacher: 1, schema: 2, model: 3 }),
      3,
      'Took the network under "model" and left what lies under "teacher", under "schema".',
    ],
    [
      "names that say nothing: the first",
      under({ one: 1, two: 2 }),
      1,
      'Took the network under "one" and left what lies under "two".',
    ],
    [
      "AveragedModel under another name",
      { model: dict(network(1)), best: dict({ n_averaged: scalar(5), ...network(2, "module.") }) },
      2,
      'Took the averaged weights under "best", behind the prefix "module." and left what lies under "model".',
    ],
    [
      "AveragedModel that has averaged nothing yet",
      {
        swa_model: dict({ n_averaged: scalar(0), ...network(2, "module.") }),
        model: dict(network(1)),
      },
      1,
      'Took the network under "model" and left what lies under "swa_model", behind the prefix "module.".',
    ],
  ])("%s", async (_, root, value, warning) => {
    const found = await taken(root);
    expect(found.value).toBe(value);
    expect(found.warnings.filter((text) => !text.startsWith("Left out"))).toEqual([warning]);
  });

  it("an average that is not whole is not taken", async () => {
    const { "intro.weight": _, ...part } = network(2);
    const { value, wrapper } = await taken({ ema: dict(part), model: dict(network(1)) });
    expect([value, wrapper]).toEqual([1, "model"]);
  });
});

describe("what is refused", () => {
  const count = Object.keys(network(1)).length;
  const incomplete = without(network(1, "net_g."), "net_g.ending.bias");

  it.each<[string, Entries, string]>([
    [
      "a key is missing",
      { state_dict: dict(incomplete) },
      `NAFNet under "state_dict", behind the prefix "net_g.": ${count - 1} of ${count} keys; missing ending.bias.`,
    ],
    [
      "a key without the prefix",
      { ...incomplete, "ending.bias": network(1)["ending.bias"]! }, // a key of the network
      `NAFNet behind the prefix "net_g.": ${count - 1} of ${count} keys; missing ending.bias.`,
    ],
    [
      "a key too many behind the prefix",
      { ...network(1, "net_g."), "net_g.loss.weight": scalar(1) },
      "others that it does not have: loss.weight.",
    ],
    [
      "another network under a wrapper",
      { params: dict({ "patch_embed.proj.weight": scalar(1) }) },
      'is there under "params"; its keys are patch_embed.proj.weight.',
    ],
  ])("%s", async (_, root, part) => {
    const read = await readCheckpoint(checkpoint(root));
    const error = errorOf(() => convertCheckpoint(read, null));
    expect(error.code).toBe("MODEL_UNSUPPORTED");
    expect(error.message).toContain(part);
  });

  it("a network in an optimizer's state, also behind a prefix", async () => {
    const { value, warnings } = await taken({
      ...network(2, "optimizer.exp_avg."),
      ...network(1, "m."),
    });
    expect(value).toBe(1);
    expect(warnings.some((warning) => warning.startsWith("Took"))).toBe(false);
  });

  it("a network in an optimizer's state alone", async () => {
    const root = { optimizer: dict({ exp_avg: dict(network(1)) }), lr: text("x") };
    const error = await rejectionOf(readCheckpoint(checkpoint(root)));
    expect(error.code).toBe("CHECKPOINT_UNSUPPORTED");
  });
});

describe("bounded", () => {
  const shared = (names: readonly string[]): Entries => {
    const [first = "", ...others] = names;
    const again = pickle("h\0");
    return {
      [first]: pickle(scalar(1), "\x94"),
      ...Object.fromEntries(others.map((n) => [n, again])),
    };
  };
  const signature = [
    "intro.weight",
    "encoders.0.0.conv1.weight",
    "downs.0.weight",
    "ending.weight",
  ];

  it.each<[string, Entries]>([
    [
      "thousands of prefixes",
      shared(Array.from({ length: 24_000 }, (_, i) => `p${i >> 2}.${signature[i & 3]}`)),
    ],
    [
      "prefixes in prefixes",
      shared(Array.from({ length: 2000 }, (_, i) => "a.".repeat(i >> 2) + signature[i & 3])),
    ],
    [
      "keys under a prefix",
      { ...network(1, "p."), ...shared(Array.from({ length: 24_000 }, (_, i) => `p.${i}.x`)) },
    ],
    [
      "thousands of dicts with a network each",
      Object.fromEntries(
        Array.from({ length: 3000 }, (_, i) => [`d${i}`, dict(shared(signature))] as const),
      ),
    ],
    [
      "a wrapper of a million letters and many keys",
      {
        ...network(1),
        ...{ ["x".repeat(1e6)]: dict(shared(Array.from({ length: 9999 }, (_, i) => `k${i}`))) },
        junk: scalar(1),
      },
    ],
    ["a key of a million modules", shared([`${"a.".repeat(1e6)}intro.weight`, ...signature])],
  ])("%s", async (_, root) => {
    const start = performance.now();
    const read = await readCheckpoint(checkpoint(root));
    const error = errorOf(() => convertCheckpoint(read, null));
    expect(error.code).toBe("MODEL_UNSUPPORTED");
    expect(error.message.length).toBeLessThan(2000);
    expect(performance.now() - start).toBeLessThan(4000); // 0.5 s at most on a machine that is idle
  });
});

function without(entries: Entries, key: string): Entries {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => name !== key));
}
