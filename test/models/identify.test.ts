/** Architectures told from keys and shapes alone. */

import { describe, expect, it } from "vitest";
import { pytorchShape } from "../../src/graph/pytorchLayout.ts";
import type { StateDictShapes } from "../../src/models/Architecture.ts";
import type { Attention, NAFNetConfig } from "../../src/models/nafnet/NAFNet.ts";
import { identify } from "../../src/models/registry.ts";
import { manifest, parityCases } from "../parity/fixtures.ts";
import { errorOf } from "../support/errors.ts";
import { stateDictShapes, TINY_MDTA, TINY_SCA } from "../support/networks.ts";

const SCA: Attention = { kind: "sca" };
const MDTA: Attention = { kind: "mdta", heads: 8, useBias: false };
const MDTA_BIAS: Attention = { kind: "mdta", heads: 8, useBias: true };
const GOPRO = { encBlkNums: [1, 1, 1, 28], middleBlkNum: 1, decBlkNums: [1, 1, 1, 1] };
const SIDD = { encBlkNums: [2, 2, 4, 8], middleBlkNum: 12, decBlkNums: [2, 2, 2, 2] };

const layouts: ReadonlyArray<readonly [title: string, config: NAFNetConfig, summary: string]> = [
  [
    "GoPro width 32",
    { imgChannel: 3, width: 32, ...GOPRO, attention: SCA },
    "NAFNet width 32, enc [1,1,1,28] mid 1 dec [1,1,1,1], SCA, 3 channels",
  ],
  [
    "GoPro width 64",
    { imgChannel: 3, width: 64, ...GOPRO, attention: SCA },
    "NAFNet width 64, enc [1,1,1,28] mid 1 dec [1,1,1,1], SCA, 3 channels",
  ],
  [
    "SIDD width 32",
    { imgChannel: 3, width: 32, ...SIDD, attention: SCA },
    "NAFNet width 32, enc [2,2,4,8] mid 12 dec [2,2,2,2], SCA, 3 channels",
  ],
  [
    "SIDD width 64",
    { imgChannel: 3, width: 64, ...SIDD, attention: SCA },
    "NAFNet width 64, enc [2,2,4,8] mid 12 dec [2,2,2,2], SCA, 3 channels",
  ],
  [
    "MDTA without bias",
    { imgChannel: 3, width: 32, ...GOPRO, attention: MDTA },
    "NAFNet width 32, enc [1,1,1,28] mid 1 dec [1,1,1,1], MDTA with 8 heads, 3 channels",
  ],
  [
    "MDTA with bias",
    { imgChannel: 3, width: 32, ...SIDD, attention: MDTA_BIAS },
    "NAFNet width 32, enc [2,2,4,8] mid 12 dec [2,2,2,2], MDTA with 8 heads, 3 channels",
  ],
  [
    "4 channels",
    { imgChannel: 4, width: 16, ...GOPRO, attention: MDTA_BIAS },
    "NAFNet width 16, enc [1,1,1,28] mid 1 dec [1,1,1,1], MDTA with 8 heads, 4 channels",
  ],
  [
    "levels without blocks",
    {
      imgChannel: 1,
      width: 4,
      encBlkNums: [0, 2],
      middleBlkNum: 0,
      decBlkNums: [1, 0],
      attention: SCA,
    },
    "NAFNet width 4, enc [0,2] mid 0 dec [1,0], SCA, 1 channels",
  ],
];

/** A network's shapes with some changed; undefined takes a key away. */
function changed(
  config: NAFNetConfig,
  changes: Readonly<Record<string, readonly number[] | undefined>>,
): StateDictShapes {
  const shapes = new Map<string, { readonly shape: readonly number[] }>(stateDictShapes(config));
  for (const [key, shape] of Object.entries(changes)) {
    if (shape === undefined) expect(shapes.delete(key)).toBe(true);
    else shapes.set(key, { shape });
  }
  return shapes;
}

const NEAREST = "Unknown model. The nearest architecture is NAFNet:";
const NONE =
  "Unknown model. None of the keys that every NAFNet has (intro.weight, encoders.0.0.conv1.weight, downs.0.weight, middle_blks.0.conv1.weight and 3 more)";
const EXPECTED = "Expected a checkpoint of NAFNet.";
const TINY_COUNT = stateDictShapes(TINY_SCA).size;

describe("identify", () => {
  it.each(layouts)("knows %s", (_, config, summary) => {
    const { network, staleKeys } = identify(stateDictShapes(config));
    expect(network.architecture).toBe("NAFNet");
    expect(network.config).toEqual(config);
    expect(network.summary).toBe(summary);
    expect(network.imgChannel).toBe(config.imgChannel);
    expect(network.graph({ tlcBase: null }).paddingMultiple).toBe(2 ** config.encBlkNums.length);
    expect(network.supportsTlc).toBe(config.attention.kind === "sca");
    expect(staleKeys).toEqual([]);
  });

  it("does not care for the order of the keys", () => {
    const reversed = new Map([...stateDictShapes(TINY_MDTA)].reverse());
    expect(identify(reversed).network.config).toEqual(TINY_MDTA);
  });

  it("drops the channel attention that MDTA has replaced, and says so", () => {
    const shapes = changed(TINY_MDTA, {
      "encoders.0.0.sca.1.weight": [8, 8, 1, 1],
      "encoders.0.0.sca.1.bias": [8],
      "middle_blks.0.sca.1.bias": [32],
    });
    const { network, staleKeys } = identify(shapes);
    expect(network.config).toEqual(TINY_MDTA);
    expect(staleKeys).toEqual([
      "encoders.0.0.sca.1.weight",
      "encoders.0.0.sca.1.bias",
      "middle_blks.0.sca.1.bias",
    ]);
  });

  it("drops counters of averaging, thop and BatchNorm, and says so", () => {
    const counters = {
      n_averaged: [],
      total_ops: [1],
      "intro.total_params": [1],
      "encoders.0.0.norm1.num_batches_tracked": [],
    };
    const { network, staleKeys } = identify(changed(TINY_SCA, counters));
    expect(network.config).toEqual(TINY_SCA);
    expect(staleKeys).toEqual(Object.keys(counters));
    const near = changed(TINY_SCA, { "intro.my_total_ops": [1] });
    expect(errorOf(() => identify(near)).message).toContain("intro.my_total_ops");
  });

  describe("knows the thesis's spelling", () => {
    /** PyTorch's keys, with those modules renamed. */
    const renamed = (config: NAFNetConfig, names: Readonly<Record<string, string>>) => {
      const spell = (key: string) =>
        key
          .split(".")
          .map((name) => names[name] ?? name)
          .join(".");
      const shapes = stateDictShapes(config);
      return {
        shapes: new Map([...shapes].map(([key, tensor]) => [spell(key), tensor])),
        keys: new Map([...shapes.keys()].map((key) => [key, spell(key)])),
      };
    };

    it.each<[string, NAFNetConfig, Readonly<Record<string, string>>]>([
      ["mdfa", TINY_MDTA, { mdta: "mdfa" }],
      ["middle_blk", TINY_SCA, { middle_blks: "middle_blk" }],
      ["middle_blk beside mdta", TINY_MDTA, { middle_blks: "middle_blk" }],
      ["both", TINY_MDTA, { mdta: "mdfa", middle_blks: "middle_blk" }],
    ])("%s", (_, config, names) => {
      const { shapes, keys } = renamed(config, names);
      const identified = identify(shapes);
      expect(identified.network.config).toEqual(config);
      expect(identified.keys).toEqual(keys);
      expect(identified.staleKeys).toEqual([]);
      // What is written is always the reference implementation's spelling.
      expect(identified.network.parameters.map((p) => p.pytorchName)).toEqual([...keys.keys()]);
    });

    it("with stale channel attention", () => {
      const { shapes } = renamed(TINY_MDTA, { mdta: "mdfa", middle_blks: "middle_blk" });
      shapes.set("middle_blk.0.sca.1.bias", { shape: [32] });
      expect(identify(shapes).staleKeys).toEqual(["middle_blk.0.sca.1.bias"]);
    });

    it("and refuses both spellings in one network", () => {
      const { shapes } = renamed(TINY_MDTA, { mdta: "mdfa" });
      for (const key of [...shapes.keys()].filter((name) => name.startsWith("decoders."))) {
        shapes.set(key.replace("mdfa", "mdta"), shapes.get(key)!); // it is one of its keys
        if (key.includes("mdfa")) shapes.delete(key);
      }
      const error = errorOf(() => identify(shapes));
      expect(error.code).toBe("MODEL_UNSUPPORTED");
      expect(error.message).toContain("two spellings, mdfa beside mdta");
    });

    it("also where a module is there twice", () => {
      const twice = changed(TINY_SCA, { "middle_blk.0.beta": [1, 32, 1, 1] });
      expect(errorOf(() => identify(twice)).message).toContain("middle_blk beside middle_blks");
    });
  });

  it("takes nothing else for stale", () => {
    const error = errorOf(() => identify(changed(TINY_MDTA, { "intro.sca.2.weight": [1] })));
    expect(error.code).toBe("MODEL_UNSUPPORTED");
    expect(error.message).toContain("others that it does not have: intro.sca.2.weight.");
  });

  describe("refuses", () => {
    it.each<[string, StateDictShapes, string]>([
      [
        "a missing key",
        changed(TINY_SCA, { "encoders.1.0.conv4.bias": undefined }),
        `${NEAREST} ${TINY_COUNT - 1} of ${TINY_COUNT} keys; missing encoders.1.0.conv4.bias. ${EXPECTED}`,
      ],
      [
        "a missing intro.weight",
        changed(TINY_SCA, { "intro.weight": undefined }),
        `${NEAREST} ${TINY_COUNT - 1} of ${TINY_COUNT} keys; missing intro.weight. ${EXPECTED}`,
      ],
      [
        "an unexpected key",
        changed(TINY_SCA, { "encoders.1.0.conv6.bias": [16] }),
        `${NEAREST} all of its ${TINY_COUNT} keys are there, and others that it does not have: encoders.1.0.conv6.bias. Expected a checkpoint of NAFNet alone. If the others belong to a loss or another network, save the network's own state_dict in Python; if not, it is a variant that is not known.`,
      ],
      [
        "a wrong shape",
        changed(TINY_SCA, { "downs.0.weight": [16, 8, 3, 3] }),
        `${NEAREST} ${TINY_COUNT - 1} of ${TINY_COUNT} keys; wrong shape downs.0.weight [16,8,3,3] instead of [16,8,2,2]. ${EXPECTED}`,
      ],
      [
        "a shape of no dimensions",
        changed(TINY_SCA, { "ending.bias": [] }),
        `${NEAREST} ${TINY_COUNT - 1} of ${TINY_COUNT} keys; wrong shape ending.bias [] instead of [3]. ${EXPECTED}`,
      ],
      [
        "several differences at once",
        changed(TINY_SCA, {
          "intro.bias": undefined,
          "junk.0": [1],
          "junk.1": [1],
          "junk.2": [1],
          "junk.3": [1],
          "junk.4": [1],
          "junk.5": [1],
          "ending.bias": [4],
        }),
        `${NEAREST} ${TINY_COUNT - 2} of ${TINY_COUNT} keys; missing intro.bias; unexpected junk.0, junk.1, junk.2, junk.3 and 2 more; wrong shape ending.bias [4] instead of [3]. ${EXPECTED}`,
      ],
      [
        "a block with a gap before it",
        changed({ ...TINY_SCA, middleBlkNum: 3 }, { "middle_blks.1.gamma": undefined }),
        "missing middle_blks.1.gamma.",
      ],
      [
        "heads that do not divide the channels",
        new Map(
          [...stateDictShapes(TINY_MDTA)].map(([key, tensor]) => [
            key,
            key.endsWith(".temperature") ? { shape: [3, 1, 1] } : tensor,
          ]),
        ),
        "wrong shape encoders.0.0.mdta.temperature [3,1,1] instead of [1,1,1], ",
      ],
      [
        "a hostile block",
        changed(TINY_SCA, { "middle_blks.999999999.beta": [1, 32, 1, 1] }),
        "others that it does not have: middle_blks.999999999.beta. ",
      ],
      [
        "a block beyond the integers",
        changed(TINY_SCA, { [`decoders.0.${"9".repeat(400)}.beta`]: [1] }),
        `others that it does not have: decoders.0.${"9".repeat(20)}`,
      ],
      [
        "a hostile level",
        changed(TINY_SCA, { "encoders.99999.0.x": [1] }),
        "others that it does not have: encoders.99999.0.x. ",
      ],
      [
        "a hostile level of no other",
        new Map([["encoders.99999.0.x", { shape: [1] }]]),
        `${NONE} is there; its keys are encoders.99999.0.x. ${EXPECTED}`,
      ],
      [
        "a width of 0",
        changed(TINY_SCA, { "intro.weight": [0, 3, 3, 3] }),
        `${NEAREST} 7 of 7 keys; unexpected intro.bias`,
      ],
      ["nothing at all", new Map(), `${NONE} is there; there are no keys. ${EXPECTED}`],
      [
        "another network",
        new Map([
          ["conv1.weight", { shape: [64, 3, 7, 7] }],
          ["fc.bias", { shape: [1000] }],
        ]),
        `${NONE} is there; its keys are conv1.weight, fc.bias. ${EXPECTED}`,
      ],
    ])("%s", (_, shapes, message) => {
      const error = errorOf(() => identify(shapes));
      expect(error.code).toBe("MODEL_UNSUPPORTED");
      expect(error.message.startsWith("Unknown model. ")).toBe(true);
      expect(error.message).toContain(message);
    });

    it("keys of any length and with control characters, which a message must not have", () => {
      const name = `\u001b[31m${"x.".repeat(1e6)}`;
      const error = errorOf(() => identify(changed(TINY_SCA, { [name]: [1] })));
      expect(error.message).toContain("\\u001b[31mx.x.");
      expect(error.message.length).toBeLessThan(1000);
    });

    it("with the place of the keys in their file", () => {
      const place = 'under "params", behind the prefix "net_g."';
      const shapes = changed(TINY_SCA, { "intro.bias": undefined });
      expect(errorOf(() => identify(shapes, place)).message).toBe(
        `Unknown model. The nearest architecture is NAFNet ${place}: ${TINY_COUNT - 1} of ${TINY_COUNT} keys; missing intro.bias. ${EXPECTED}`,
      );
      const other = new Map([["conv1.weight", { shape: [1] }]]);
      expect(errorOf(() => identify(other, place)).message).toContain(
        `is there ${place}; its keys`,
      );
    });

    const junk = (prefix: string, suffix: string): StateDictShapes =>
      changed(
        TINY_SCA,
        Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`${prefix}${i}${suffix}`, [1]])),
      );
    it.each<[string, StateDictShapes]>([
      ["unknown keys", junk("junk.", ".weight")],
      ["blocks", junk("middle_blks.", ".x")],
      ["levels", junk("encoders.", ".0.x")],
      ["keys of MDTA", junk("middle_blks.0.", ".mdta.temperature")],
    ])("100,000 %s in no time", (_, shapes) => {
      const start = performance.now();
      const error = errorOf(() => identify(shapes));
      expect(performance.now() - start).toBeLessThan(2000); // 0.4 s at most where this was written
      expect(error.code).toBe("MODEL_UNSUPPORTED");
      expect(error.message.startsWith(NEAREST)).toBe(true);
      expect(error.message.length).toBeLessThan(1000);
    });
  });
});

describe("the mapping table", () => {
  // PyTorch's own state_dicts, as tools/parity/reference.py wrote them down.
  const cases = new Map(parityCases("NAFNet").map((c) => [c.state_dict ?? "", c.config]));
  const names = [...cases.keys()];

  it("is compared with every network of the manifest", () => {
    expect(names.length).toBeGreaterThanOrEqual(10);
  });

  it.each(names)("has PyTorch's keys and shapes of %s", (name) => {
    const stored = manifest.state_dicts[name] ?? [];
    const { network, staleKeys } = identify(new Map(stored.map((spec) => [spec.name, spec])));
    const came = network.parameters.map((p) => [p.pytorchName, pytorchShape(p).join()]);
    const expected = stored.map((spec) => [spec.name, spec.shape.join()]);
    expect(came.sort()).toEqual(expected.sort());
    expect(staleKeys).toEqual([]);
    const config = cases.get(name)!; // its names are the map's keys
    expect(network.config).toEqual({
      imgChannel: config.img_channel,
      width: config.width,
      encBlkNums: config.enc_blk_nums,
      middleBlkNum: config.middle_blk_num,
      decBlkNums: config.dec_blk_nums,
      attention:
        config.attention === "sca"
          ? { kind: "sca" }
          : { kind: "mdta", heads: config.mdta_heads, useBias: config.mdta_bias },
    });
  });
});
