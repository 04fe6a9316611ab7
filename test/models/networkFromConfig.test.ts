/** Configurations from model.json, which may say anything. */

import { describe, expect, it } from "vitest";
import { networkFromConfig } from "../../src/models/registry.ts";
import { errorOf } from "../support/errors.ts";
import { TINY_MDTA, TINY_SCA } from "../support/networks.ts";

describe("networkFromConfig", () => {
  it.each([TINY_SCA, TINY_MDTA])("reads what a network wrote: $attention.kind", (config) => {
    const first = networkFromConfig("NAFNet", config);
    const again = networkFromConfig("NAFNet", JSON.parse(JSON.stringify(first.config)));
    expect(again.config).toEqual(config);
    expect(again.parameters).toEqual(first.parameters);
    expect(again.summary).toBe(first.summary);
    expect(again.isStale("encoders.0.0.sca.1.bias")).toBe(config === TINY_MDTA);
  });

  it.each(["nafnet", "", "__proto__", undefined, null, 5])(
    "refuses the architecture %j",
    (name) => {
      const error = errorOf(() => networkFromConfig(name, TINY_SCA));
      expect(error.code).toBe("MODEL_UNSUPPORTED");
      expect(error.message).toBe(
        `Expected a known architecture (NAFNet) but received ${JSON.stringify(name)}.`,
      );
    },
  );

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["text", "NAFNet"],
    ["a list", []],
    ["no width", { ...TINY_SCA, width: undefined }],
    ["width 0", { ...TINY_SCA, width: 0 }],
    ["width 1.5", { ...TINY_SCA, width: 1.5 }],
    ["width as text", { ...TINY_SCA, width: "8" }],
    ["a negative count", { ...TINY_SCA, middleBlkNum: -1 }],
    ["a count in a list", { ...TINY_SCA, middleBlkNum: [1] }],
    ["no channels", { ...TINY_SCA, imgChannel: 0 }],
    ["no levels", { ...TINY_SCA, encBlkNums: [], decBlkNums: [] }],
    ["levels that differ", { ...TINY_SCA, decBlkNums: [1] }],
    ["a level of half a block", { ...TINY_SCA, encBlkNums: [0.5, 1] }],
    ["levels that are no list", { ...TINY_SCA, encBlkNums: "11" }],
    ["17 levels", { ...TINY_SCA, encBlkNums: Array(17).fill(1), decBlkNums: Array(17).fill(1) }],
    ["a million blocks", { ...TINY_SCA, middleBlkNum: 1e6 }],
    ["no attention", { ...TINY_SCA, attention: undefined }],
    ["attention null", { ...TINY_SCA, attention: null }],
    ["another attention", { ...TINY_SCA, attention: { kind: "se" } }],
    ["0 heads", { ...TINY_SCA, attention: { kind: "mdta", heads: 0, useBias: true } }],
    [
      "heads that do not divide",
      { ...TINY_SCA, attention: { kind: "mdta", heads: 3, useBias: true } },
    ],
    ["no useBias", { ...TINY_SCA, attention: { kind: "mdta", heads: 4 } }],
  ])("refuses %s", (_, config) => {
    const error = errorOf(() => networkFromConfig("NAFNet", config));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toMatch(
      /^Expected a NAFNet configuration \{ imgChannel, width, .* but received/,
    );
  });
});
