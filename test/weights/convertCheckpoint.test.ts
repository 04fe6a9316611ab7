/** Converting a state_dict to weights. */

import { describe, expect, it } from "vitest";
import { convertCheckpoint } from "../../src/weights/convertCheckpoint.ts";
import { KNOWN_CHECKPOINTS } from "../../src/weights/knownCheckpoints.ts";
import type { Checkpoint, CheckpointTensor } from "../../src/weights/pytorch/readCheckpoint.ts";
import { randomValues } from "../parity/random.ts";
import { errorOf } from "../support/errors.ts";
import { stateDictShapes, TINY_MDTA, TINY_SCA } from "../support/networks.ts";

const UNKNOWN_SHA256 = "0".repeat(64);

function tensorOf(shape: readonly number[], data: Float32Array): CheckpointTensor {
  return { dtype: "float32", shape, toFloat32: () => data.slice() };
}

/** A checkpoint as if it had been read from a file with that hash. */
function checkpointOf(
  config: typeof TINY_SCA,
  sha256 = UNKNOWN_SHA256,
  extra: ReadonlyArray<readonly [string, CheckpointTensor]> = [],
): Checkpoint {
  const tensors = [...stateDictShapes(config)].map(([name, { shape }]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return [name, tensorOf(shape, randomValues(name, count, -1, 1))] as const;
  });
  return {
    container: "zip",
    byteLength: 1,
    sha256,
    stateDict: new Map([...tensors, ...extra]),
    wrapper: "params",
    prefix: "",
    place: "",
    otherKeys: [],
    leftOut: [],
    warnings: [],
  };
}

describe("convertCheckpoint", () => {
  it.each([TINY_SCA, TINY_MDTA])(
    "brings every tensor into our layout: $attention.kind",
    (config) => {
      const checkpoint = checkpointOf(config);
      const { weights, warnings } = convertCheckpoint(checkpoint, "tiny.pth");
      expect(warnings).toEqual([]);
      expect(weights.network.config).toEqual(config);
      expect([...weights.tensors.keys()]).toEqual(weights.network.parameters.map((p) => p.name));
      for (const { name, pytorchName, shape, layout } of weights.network.parameters) {
        const theirs = checkpoint.stateDict.get(pytorchName)!.toFloat32(); // identified: it is there
        const ours = weights.tensors.get(name)!;
        expect(ours.shape).toEqual(shape);
        expect(ours.data.length).toBe(theirs.length);
        if (layout === "convolution" || layout === "depthwise") {
          const [kh = 0, kw = 0, c = 0, d = 0] = shape;
          // OIHW there; a depthwise kernel is [c, 1, kh, kw].
          const [outputs, inputs] = layout === "convolution" ? [d, c] : [c, 1];
          const expected = new Float32Array(theirs.length);
          let i = 0;
          for (let o = 0; o < outputs; o++)
            for (let n = 0; n < inputs; n++)
              for (let y = 0; y < kh; y++)
                for (let x = 0; x < kw; x++)
                  expected[((y * kw + x) * inputs + n) * outputs + o] = theirs[i++]!;
          expect(ours.data).toEqual(expected);
        } else {
          expect(ours.data).toEqual(theirs);
        }
      }
    },
  );

  it("knows nothing of an unknown file but its name and hash", () => {
    const { weights } = convertCheckpoint(checkpointOf(TINY_SCA), "tiny.pth");
    expect(weights.metadata).toEqual({
      task: null,
      license: null,
      training: null,
      tlc: false,
      source: { file: "tiny.pth", sha256: UNKNOWN_SHA256 },
    });
  });

  it.each([
    [
      "SIDD width 32",
      "89c70e808d1783b6c07911306e106aaf0d4f7f3da8c61078b99ff7f8929a26f4",
      "denoise",
      "SIDD",
      false,
    ],
    [
      "SIDD width 64",
      "cd685efaae01f7c4e9951f2deab05780079c8eb1e49ed664b72f6db04dabb445",
      "denoise",
      "SIDD",
      false,
    ],
    [
      "GoPro width 32",
      "19394e6155d12ef6371d1d57496f87f0ec88f92bdffa27c0792690722d5d1a5c",
      "deblur",
      "GoPro",
      true,
    ],
    [
      "GoPro width 64",
      "329d3ab4077b8d6b7ff61de376e483714667960bf85be027bf4335cda701196f",
      "deblur",
      "GoPro",
      true,
    ],
    [
      "REDS width 64",
      "175fe8b3cdf3abedfbc87769779c3d9f491e05bb2e73ea9d627883f90a4b2df3",
      "deblur",
      "REDS",
      true,
    ],
  ])("knows %s by its hash", (_, sha256, task, training, tlc) => {
    const { metadata } = convertCheckpoint(checkpointOf(TINY_SCA, sha256), null).weights;
    expect(metadata).toEqual({
      task,
      license: "MIT",
      training,
      tlc,
      source: { file: null, sha256 },
    });
    expect(KNOWN_CHECKPOINTS.size).toBe(5);
  });

  it("lets the caller say it better", () => {
    const [sha256 = ""] = KNOWN_CHECKPOINTS.keys();
    const known = { task: "deblur", tlc: true };
    const { metadata } = convertCheckpoint(checkpointOf(TINY_SCA, sha256), "x.pth", known).weights;
    expect(metadata).toMatchObject({ task: "deblur", license: "MIT", training: "SIDD", tlc: true });
  });

  it("leaves stale channel attention out and says so, even where it is not finite", () => {
    const stale = tensorOf([8], new Float32Array(8).fill(Number.NaN));
    const { weights, warnings } = convertCheckpoint(
      checkpointOf(TINY_MDTA, UNKNOWN_SHA256, [
        ["encoders.0.0.sca.1.weight", tensorOf([8, 8, 1, 1], new Float32Array(64))],
        ["encoders.0.0.sca.1.bias", stale],
      ]),
      "thesis.pth",
    );
    expect(warnings).toEqual([
      "Left out 2 tensors that the network does not use, e.g. encoders.0.0.sca.1.weight.",
    ]);
    expect([...weights.tensors.keys()].filter((name) => name.includes("sca"))).toEqual([]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "refuses weights that hold %d",
    (value) => {
      const bias = new Float32Array(3);
      bias[2] = value;
      const checkpoint = checkpointOf(TINY_SCA, UNKNOWN_SHA256, [
        ["ending.bias", tensorOf([3], bias)],
      ]);
      const error = errorOf(() => convertCheckpoint(checkpoint, "diverged.pth"));
      expect(error.code).toBe("CHECKPOINT_CORRUPT");
      expect(error.message).toBe(
        "Expected finite weights in diverged.pth but ending.bias holds NaN or infinity; its training may have diverged.",
      );
      expect(errorOf(() => convertCheckpoint(checkpoint, null)).message).toContain(
        "in the checkpoint but",
      );
    },
  );

  it("refuses a network that it does not know", () => {
    const extra = [["junk", tensorOf([1], new Float32Array(1))]] as const;
    const error = errorOf(() => convertCheckpoint(checkpointOf(TINY_SCA, undefined, extra), null));
    expect(error.code).toBe("MODEL_UNSUPPORTED");
    expect(error.message).toContain("others that it does not have: junk.");
  });
});
