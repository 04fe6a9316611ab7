/** Folders of weights that are damaged or lie: each is refused, and the message names the fault and its place. */

import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadWeights } from "../../src/weights/loadWeights.ts";
import { readWeights } from "../../src/weights/readWeights.ts";
import { writeWeights } from "../../src/weights/writeWeights.ts";
import { useBackend } from "../parity/backends.ts";
import { rejectionOf } from "../support/errors.ts";
import { useFolders } from "../support/folders.ts";
import { TINY_SCA, TWO_SHARDS, weightsOf } from "../support/networks.ts";

/** The parts of model.json that the tests damage. */
interface Damageable {
  format: unknown;
  weightsManifest: unknown[] & [{ paths: unknown; weights: Array<Record<string, unknown>> }];
  userDefinedMetadata: {
    nafnet: Record<string, unknown> & {
      config: Record<string, unknown>;
      source: Record<string, unknown>;
      shards: Record<string, unknown>;
    };
  };
}

const SHARDS = ["group1-shard1of2.bin", "group1-shard2of2.bin"] as const;
const newFolder = useFolders();
let intact = "";
let intactTiny = "";

beforeAll(async () => {
  await useBackend("wasm");
  intact = await newFolder();
  await writeWeights(weightsOf(TWO_SHARDS), intact);
  intactTiny = await newFolder();
  await writeWeights(weightsOf(TINY_SCA), intactTiny);
});

async function copyOf(folder: string): Promise<string> {
  const copy = await newFolder();
  await cp(folder, copy, { recursive: true });
  return copy;
}

async function editModelJson(folder: string, edit: (json: Damageable) => void): Promise<void> {
  const file = join(folder, "model.json");
  const json: Damageable = JSON.parse(await readFile(file, "utf8"));
  edit(json);
  await writeFile(file, JSON.stringify(json));
}

/** Replaces a shard by other bytes and makes its hash fit. */
async function forgeShard(folder: string, shard: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(folder, shard), bytes);
  await editModelJson(folder, ({ userDefinedMetadata: { nafnet } }) => {
    nafnet.shards[shard] = createHash("sha256").update(bytes).digest("hex");
  });
}

async function expectCorrupt(folder: string, message: string): Promise<void> {
  const error = await rejectionOf(readWeights(folder));
  expect(error.message).toContain(message);
  expect(error.code).toBe("WEIGHTS_CORRUPT");
  expect(error.message).toMatch(
    /convert (the checkpoint|it) anew\.$|it anew with nafnet convert\.$/,
  );
}

it("the folders are read when they are whole", async () => {
  expect((await readWeights(intact)).tensors.size).toBe(weightsOf(TWO_SHARDS).tensors.size);
  expect((await readWeights(intactTiny)).tensors.size).toBe(weightsOf(TINY_SCA).tensors.size);
});

describe("a shard", () => {
  describe.each(SHARDS)("%s", (shard) => {
    it.each([0, 0.5, 1])("with a flipped bit at %d of its length", async (part) => {
      const folder = await copyOf(intact);
      const bytes = await readFile(join(folder, shard));
      const position = Math.round(part * (bytes.length - 1));
      bytes[position] = bytes[position]! ^ 1;
      await writeFile(join(folder, shard), bytes);
      await expectCorrupt(folder, `for the shard ${join(folder, shard)} but it has`);
    });

    it("is missing", async () => {
      const folder = await copyOf(intact);
      await rm(join(folder, shard));
      await expectCorrupt(
        folder,
        `Expected the shard ${join(folder, shard)}, which cannot be read`,
      );
    });

    it("is a folder", async () => {
      const folder = await copyOf(intact);
      await rm(join(folder, shard));
      await mkdir(join(folder, shard));
      await expectCorrupt(
        folder,
        `Expected the shard ${join(folder, shard)}, which cannot be read`,
      );
    });

    it.each([0, 1, 3])("is cut to %d bytes", async (length) => {
      const folder = await copyOf(intact);
      await truncate(join(folder, shard), length);
      await expectCorrupt(folder, `for the shard ${join(folder, shard)} but it has`);
    });

    it("is one byte too long", async () => {
      const folder = await copyOf(intact);
      const bytes = await readFile(join(folder, shard));
      await writeFile(join(folder, shard), Buffer.concat([bytes, Buffer.alloc(1)]));
      await expectCorrupt(folder, `for the shard ${join(folder, shard)} but it has`);
    });

    it("is larger than all weights together: it is not even read", async () => {
      const folder = await copyOf(intact);
      await truncate(join(folder, shard), 2 ** 40); // sparse
      await expectCorrupt(folder, `bytes in the shard ${join(folder, shard)} but found ${2 ** 40}`);
    });

    it("has no SHA-256", async () => {
      const folder = await copyOf(intact);
      await editModelJson(folder, (json) => {
        delete json.userDefinedMetadata.nafnet.shards[shard];
      });
      await expectCorrupt(
        folder,
        `Expected SHA-256 (none given) for the shard ${join(folder, shard)}`,
      );
    });
  });

  it.each([
    ["short", 0],
    ["long", 8],
  ])("is too %s although its hash fits", async (_, length) => {
    const folder = await copyOf(intact);
    const wanted =
      4 * [...weightsOf(TWO_SHARDS).tensors.values()].reduce((n, t) => n + t.data.length, 0);
    const last = await readFile(join(folder, SHARDS[1]));
    const bytes = length === 0 ? last.subarray(0, -4) : Buffer.concat([last, Buffer.alloc(length)]);
    await forgeShard(folder, SHARDS[1], bytes);
    const found = wanted - last.length + bytes.length;
    await expectCorrupt(
      folder,
      `Expected ${wanted} bytes in the shards of ${join(folder, "model.json")} but found ${found}`,
    );
  });
});

describe("model.json", () => {
  it.each([
    ["empty", ""],
    ["not JSON", "weights"],
    ["cut off", undefined],
  ])("is %s", async (_, text) => {
    const folder = await copyOf(intactTiny);
    const file = join(folder, "model.json");
    await writeFile(file, text ?? (await readFile(file, "utf8")).slice(0, -10));
    await expectCorrupt(folder, `Expected JSON in ${file}; it is cut off or damaged`);
  });

  it.each(["null", "[]", "5", '"text"', "{}"])("is the JSON %s", async (text) => {
    const folder = await copyOf(intactTiny);
    await writeFile(join(folder, "model.json"), text);
    await expectCorrupt(folder, 'Expected the format "layers-model"');
  });

  it("is too large", async () => {
    const folder = await copyOf(intactTiny);
    await truncate(join(folder, "model.json"), 33 * 1024 * 1024);
    await expectCorrupt(folder, "to be at most 33554432 bytes but it has 34603008");
  });

  it("is a folder", async () => {
    const folder = await copyOf(intactTiny);
    await rm(join(folder, "model.json"));
    await mkdir(join(folder, "model.json"));
    await expectCorrupt(folder, `Expected ${join(folder, "model.json")}, which cannot be read`);
  });

  const first = (json: Damageable): Record<string, unknown> => json.weightsManifest[0].weights[0]!; // there are many
  it.each<[string, (json: Damageable) => void, string]>([
    [
      "of another format",
      (json) => {
        json.format = "graph-model";
      },
      'the format "layers-model"',
    ],
    [
      "of another version",
      (json) => {
        json.userDefinedMetadata.nafnet.formatVersion = 2;
      },
      "of format version 1 in",
    ],
    [
      "without our metadata",
      (json) => {
        json.userDefinedMetadata = {} as Damageable["userDefinedMetadata"];
      },
      "of format version 1 in",
    ],
    [
      "with two groups",
      (json) => {
        json.weightsManifest.push(json.weightsManifest[0]);
      },
      "one group of weights",
    ],
    [
      "with no group",
      (json) => {
        json.weightsManifest.length = 0 as 1;
      },
      "one group of weights",
    ],
    [
      "with no shards",
      (json) => {
        json.weightsManifest[0].paths = [];
      },
      "paths of shards",
    ],
    [
      "with paths that are text",
      (json) => {
        json.weightsManifest[0].paths = "group1-shard1of1.bin";
      },
      "paths of shards",
    ],
    ...[
      "../group1-shard1of1.bin",
      "/etc/passwd",
      "a/b",
      "a\\b",
      "..",
      ".hidden",
      "",
      "file:x",
      "a\0b",
      5,
    ].map((path): [string, (json: Damageable) => void, string] => [
      `with the path ${JSON.stringify(path)}`,
      (json) => {
        json.weightsManifest[0].paths = [path];
      },
      "a shard's file name without folders",
    ]),
    [
      "with a shard twice",
      (json) => {
        json.weightsManifest[0].paths = ["group1-shard1of1.bin", "group1-shard1of1.bin"];
      },
      "bytes in the shards of",
    ],
    [
      "with an inherited name for a path",
      (json) => {
        json.weightsManifest[0].paths = ["__proto__"];
      },
      "Expected the shard",
    ],
    [
      "without weights",
      (json) => {
        json.weightsManifest[0].weights = {} as [];
      },
      "a list of weights",
    ],
    [
      "with an empty list of weights",
      (json) => {
        json.weightsManifest[0].weights = [];
      },
      "Expected the weight intro/kernel in",
    ],
    [
      "with a weight missing",
      (json) => {
        json.weightsManifest[0].weights.splice(1, 1);
      },
      "Expected the weight intro/bias in",
    ],
    [
      "with a weight twice",
      (json) => {
        json.weightsManifest[0].weights.push(first(json));
      },
      "Expected no weight for intro/kernel in",
    ],
    [
      "with a weight too many",
      (json) => {
        json.weightsManifest[0].weights.push({ ...first(json), name: "x" });
      },
      "Expected no weight for x in",
    ],
    [
      "with null for a weight",
      (json) => {
        json.weightsManifest[0].weights.push(null as unknown as Record<string, unknown>);
      },
      "a weight's name",
    ],
    [
      "with a wrong shape",
      (json) => {
        first(json).shape = [3, 3, 8, 3];
      },
      "Expected shape [3,3,3,8] for intro/kernel in",
    ],
    [
      "with a flat shape",
      (json) => {
        first(json).shape = [216];
      },
      "Expected shape [3,3,3,8] for intro/kernel in",
    ],
    [
      "with a negative shape",
      (json) => {
        first(json).shape = [-3, -3, 3, 8];
      },
      "a shape for intro/kernel",
    ],
    [
      "with a shape of zeros",
      (json) => {
        first(json).shape = [0];
      },
      "a shape for intro/kernel",
    ],
    [
      "with a shape of fractions",
      (json) => {
        first(json).shape = [1.5, 2];
      },
      "a shape for intro/kernel",
    ],
    [
      "with a shape of text",
      (json) => {
        first(json).shape = ["3", "3", "3", "8"];
      },
      "a shape for intro/kernel",
    ],
    [
      "with a huge shape",
      (json) => {
        first(json).shape = [1e15, 1e15];
      },
      "Expected shape [3,3,3,8] for intro/kernel in",
    ],
    [
      "with an unsafe shape",
      (json) => {
        first(json).shape = [1e300];
      },
      "a shape for intro/kernel",
    ],
    [
      "with a wrong dtype",
      (json) => {
        first(json).dtype = "int32";
      },
      "float32 or its float16 for intro/kernel",
    ],
    [
      "with float16 as dtype",
      (json) => {
        first(json).dtype = "float16";
      },
      "float32 or its float16 for intro/kernel",
    ],
    [
      "with a wrong quantization",
      (json) => {
        first(json).quantization = { dtype: "uint8", min: 0, scale: 1 };
      },
      "float32 or its float16 for intro/kernel",
    ],
    [
      "with one weight called float16",
      (json) => {
        first(json).quantization = { dtype: "float16" };
      },
      "bytes in the shard",
    ],
    [
      "with another configuration",
      (json) => {
        json.userDefinedMetadata.nafnet.config.width = 16;
      },
      "Expected shape [3,3,3,16] for intro/kernel in",
    ],
    [
      "with no configuration of NAFNet",
      (json) => {
        json.userDefinedMetadata.nafnet.config = { width: -1 };
      },
      "Expected a NAFNet configuration",
    ],
    [
      "with a huge configuration",
      (json) => {
        json.userDefinedMetadata.nafnet.config.middleBlkNum = 1e9;
      },
      "Expected a NAFNet configuration",
    ],
    [
      "without an architecture",
      (json) => {
        json.userDefinedMetadata.nafnet.architecture = null;
      },
      "an architecture",
    ],
    [
      "with a task that is no text",
      (json) => {
        json.userDefinedMetadata.nafnet.task = 1;
      },
      "text or null for task",
    ],
    [
      "without a licence",
      (json) => {
        delete json.userDefinedMetadata.nafnet.license;
      },
      "text or null for license",
    ],
    [
      "with a training note that is no text",
      (json) => {
        json.userDefinedMetadata.nafnet.training = [];
      },
      "text or null for training",
    ],
    [
      "with a tlc that is no truth value",
      (json) => {
        json.userDefinedMetadata.nafnet.tlc = "no";
      },
      "true or false for tlc",
    ],
    [
      "without a source",
      (json) => {
        delete (json.userDefinedMetadata.nafnet as Record<string, unknown>).source;
      },
      "a SHA-256 for source",
    ],
    [
      "with a source hash that is none",
      (json) => {
        json.userDefinedMetadata.nafnet.source.sha256 = "A".repeat(64);
      },
      "a SHA-256 for source",
    ],
    [
      "with a source file that is no text",
      (json) => {
        json.userDefinedMetadata.nafnet.source.file = 5;
      },
      "a source file",
    ],
    [
      "with a shard's hash that is none",
      (json) => {
        json.userDefinedMetadata.nafnet.shards["group1-shard1of1.bin"] = "00";
      },
      "a SHA-256 for each shard",
    ],
  ])("is %s", async (_, edit, message) => {
    const folder = await copyOf(intactTiny);
    await editModelJson(folder, edit);
    await expectCorrupt(folder, message);
  });

  it("is of an architecture that this version does not know", async () => {
    const folder = await copyOf(intactTiny);
    await editModelJson(folder, (json) => {
      json.userDefinedMetadata.nafnet.architecture = "Restormer2";
    });
    const error = await rejectionOf(readWeights(folder));
    expect(error.code).toBe("MODEL_UNSUPPORTED");
    expect(error.message).toContain('received "Restormer2"');
  });
});

describe("nothing there", () => {
  it("no folder", async () => {
    const path = join(await newFolder(), "nowhere");
    const error = await rejectionOf(loadWeights(path));
    expect(error.code).toBe("INPUT_NOT_FOUND");
    expect(error.message).toBe(
      `Expected a folder of weights or a .pth checkpoint but there is no ${path}.`,
    );
  });

  it("no model.json", async () => {
    const folder = await newFolder();
    for (const error of [
      await rejectionOf(loadWeights(folder)),
      await rejectionOf(readWeights(folder)),
    ]) {
      expect(error.code).toBe("WEIGHTS_MISSING");
      expect(error.message).toBe(
        `Expected weights but found no ${join(folder, "model.json")}; give the folder that nafnet convert wrote, or a .pth checkpoint.`,
      );
    }
  });
});
