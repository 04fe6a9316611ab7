/**
 * Mutated checkpoints: each is either read or refused with a NafnetError, quickly and in little
 * memory. A normal run makes the same 5000 mutations each time; NAFNET_FUZZ_MS=180000 goes on for
 * three minutes from a new seed, which is printed, and NAFNET_FUZZ_SEED repeats one.
 */

import { expect, it } from "vitest";
import { NafnetError } from "../../../src/base/errors.ts";
import { readCheckpoint } from "../../../src/weights/pytorch/readCheckpoint.ts";
import { MUTATIONS, mutation } from "../../support/mutations.ts";
import { fixture, manifest } from "./manifest.ts";
import { checkpoint, dict, network, scalar } from "./networkCheckpoint.ts";
import { safetensors } from "./safetensorsBuilder.ts";

const RUNS = 5000;
const LONGEST_MS = 2000;
const MOST_BYTES = 500e6; // above the process's memory at the start
const durationMs = Number(process.env.NAFNET_FUZZ_MS ?? 0);
const seed = Number(process.env.NAFNET_FUZZ_SEED ?? (durationMs > 0 ? Date.now() % 2 ** 32 : 1));

const names = [...Object.keys(manifest.files), ...Object.keys(manifest.refused)];
const seeds: readonly Buffer[] = names.map(fixture);
// Checksums catch nearly every change in a zip: without them the reader itself is reached.
const corpus: readonly Buffer[] = [
  ...seeds,
  ...seeds.filter((file) => file[0] === 0x50).map(withoutChecksums),
  withoutChecksums(
    checkpoint({
      ema: dict({ n_averaged: scalar(3), ...network(1, "module.") }),
      state_dict: dict({ ...network(2, "net_g."), "loss.weight": scalar(4) }),
    }),
  ),
  safetensors({
    a: { dtype: "F32", shape: [2, 2], data: Buffer.alloc(16, 1) },
    b: { dtype: "BF16", shape: [0, 3], data: Buffer.alloc(0) },
    c: { dtype: "I64", shape: [], data: Buffer.alloc(8, 2) },
  }),
];

/** Sizes that have broken readers before, as signed 64-bit numbers. */
const NASTY = [0n, 1n, -1n, 0x7fn, 0xffn, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn].concat([
  2n ** 53n,
  2n ** 62n,
  -(2n ** 63n),
]);

it(`mutated checkpoints are read or refused (seed ${seed})`, {
  timeout: durationMs + 60_000,
}, async () => {
  const random = mulberry32(seed);
  const outcomes: Record<string, number> = {};
  let longestMs = 0;
  let mostRss = 0;
  let runs = 0;
  const rssBefore = process.memoryUsage().rss;
  const start = performance.now();
  for (; durationMs > 0 ? performance.now() - start < durationMs : runs < RUNS; runs += 1) {
    const file = mutated(pick(corpus, random), random);
    const before = performance.now();
    const outcome = await outcomeOf(file);
    longestMs = Math.max(longestMs, performance.now() - before);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (runs % 50 === 0) mostRss = Math.max(mostRss, process.memoryUsage().rss);
  }
  const rssMegabytes = Math.round(mostRss / 1e6);
  console.log({ seed, runs, outcomes, longestMs: Math.round(longestMs), rssMegabytes });
  expect(longestMs).toBeLessThan(LONGEST_MS);
  expect(mostRss - rssBefore).toBeLessThan(MOST_BYTES);
});

/** `read`, or the error's code; anything else is thrown and fails the test. */
async function outcomeOf(file: Buffer): Promise<string> {
  try {
    const { stateDict } = await readCheckpoint(file);
    for (const tensor of stateDict.values()) {
      const numel = tensor.shape.reduce((product, size) => product * size, 1);
      // The checks promise it: reading cannot fail any more.
      expect(tensor.toFloat32().length).toBe(numel);
    }
    return "read";
  } catch (error) {
    if (error instanceof NafnetError) return error.code;
    throw error;
  }
}

function mutated(original: Buffer, random: () => number): Buffer {
  let file: Buffer = Buffer.from(original);
  const changes = 1 + Math.floor(random() * random() * random() * 8);
  for (let i = 0; i < changes && file.length > 0; i += 1) file = changedOnce(file, random);
  return file;
}

function changedOnce(file: Buffer, random: () => number): Buffer {
  // Half of the changes hit the first kilobyte, where the pickles are.
  const reach = random() < 0.5 ? Math.min(file.length, 1024) : file.length;
  const at = Math.floor(random() * reach);
  const length = 1 + Math.floor(random() * 32);
  const way = Math.floor(random() * 7);
  if (way < MUTATIONS) return mutation(file, way, at, length, random);
  // a nasty number, of 1, 2, 4 or 8 bytes
  const number = Buffer.alloc(8);
  number.writeBigInt64LE(BigInt.asIntN(64, pick(NASTY, random)));
  number.copy(file, at, 0, pick([1, 2, 4, 8], random));
  return file;
}

/** The zip with 0 for every checksum in its directory, as PyTorch writes it on request. */
function withoutChecksums(original: Buffer): Buffer {
  const file = Buffer.from(original);
  const entry = Buffer.from("PK\x01\x02", "latin1");
  for (let at = file.indexOf(entry); at >= 0; at = file.indexOf(entry, at + 4)) {
    file.writeUInt32LE(0, at + 16);
  }
  return file;
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** A small random generator with a seed, values 0–1. */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
