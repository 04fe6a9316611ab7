/** Written weights are in tfjs's own format: plain tf.loadLayersModel opens it over HTTP, as a web page would. */

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "../../src/layers/index.ts";
import { readWeights } from "../../src/weights/readWeights.ts";
import { writeWeights } from "../../src/weights/writeWeights.ts";
import { useBackend } from "../parity/backends.ts";
import { useFolders } from "../support/folders.ts";
import {
  imageOf,
  modelOf,
  predict,
  TINY_MDTA,
  TINY_SCA,
  TWO_SHARDS,
  weightsOf,
} from "../support/networks.ts";

const newFolder = useFolders();
let served = "";
let server: Server;
let address = "";

beforeAll(async () => {
  await useBackend("wasm");
  server = createServer((request, response) => {
    readFile(join(served, basename(request.url ?? ""))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe.each([
  ["SCA", TINY_SCA],
  ["MDTA", TINY_MDTA],
  ["two shards", TWO_SHARDS],
])("tf.loadLayersModel with %s", (_, config) => {
  it.each([false, true])("gives our own model's output, float16 %s", async (float16) => {
    served = await newFolder();
    await writeWeights(weightsOf(config), served, { float16 });
    const { network, tensors } = await readWeights(served);
    const before = tf.memory().numTensors;
    const ours = await modelOf(network, tensors);
    const theirs = await loadLayersModel(`${address}/model.json`);
    expect(theirs.getUserDefinedMetadata()).toMatchObject({
      nafnet: { architecture: "NAFNet", config },
    });
    for (const [width, height] of [
      [13, 7],
      [16, 8],
    ] as const) {
      const image = imageOf(width, height);
      expect(predict(theirs, image)).toEqual(predict(ours, image));
    }
    ours.dispose();
    theirs.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
