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

  it("takes nothing else for stale", () => {
    const error = errorOf(() => identify(changed(TINY_MDTA, { "intro.sca.2.weight": [1] })));
    expect(error.code).toBe("MODEL_UNSUPPORTED");
    expect(error.message).toContain("unexpected intro.sca.2.weight");
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
        `${NEAREST} ${TINY_COUNT} of ${TINY_COUNT} keys; unexpected encoders.1.0.conv6.bias. ${EXPECTED}`,
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
        `${NEAREST} ${TINY_COUNT} of ${TINY_COUNT} keys; unexpected middle_blks.999999999.beta. ${EXPECTED}`,
      ],
      [
        "a block beyond the integers",
        changed(TINY_SCA, { [`decoders.0.${"9".repeat(400)}.beta`]: [1] }),
        `unexpected decoders.0.${"9".repeat(20)}`,
      ],
      [
        "a hostile level",
        changed(TINY_SCA, { "encoders.99999.0.x": [1] }),
        `${NEAREST} ${TINY_COUNT} of ${TINY_COUNT} keys; unexpected encoders.99999.0.x. ${EXPECTED}`,
      ],
      [
        "a hostile level of no other",
        new Map([["encoders.99999.0.x", { shape: [1] }]]),
        `${NEAREST} 0 of 7 keys; missing intro.weight, encoders.0.0.conv1.weight, downs.0.weight, middle_blks.0.conv1.weight and 3 more; unexpected encoders.99999.0.x. ${EXPECTED}`,
      ],
      [
        "a width of 0",
        changed(TINY_SCA, { "intro.weight": [0, 3, 3, 3] }),
        `${NEAREST} 7 of 7 keys; unexpected intro.bias`,
      ],
      [
        "nothing at all",
        new Map(),
        `${NEAREST} 0 of 7 keys; missing intro.weight, encoders.0.0.conv1.weight, downs.0.weight, middle_blks.0.conv1.weight and 3 more. ${EXPECTED}`,
      ],
      [
        "another network",
        new Map([
          ["conv1.weight", { shape: [64, 3, 7, 7] }],
          ["fc.bias", { shape: [1000] }],
        ]),
        "unexpected conv1.weight, fc.bias.",
      ],
    ])("%s", (_, shapes, message) => {
      const error = errorOf(() => identify(shapes));
      expect(error.code).toBe("MODEL_UNSUPPORTED");
      expect(error.message.startsWith(NEAREST)).toBe(true);
      expect(error.message).toContain(message);
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
