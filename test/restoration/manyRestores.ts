/**
 * A program of its own, run with --expose-gc: 200 restores on one engine, some of which fail or are aborted at
 * random moments, and what the process holds before and after them. Prints one JSON object.
 *
 *     node --expose-gc --import tsx test/restoration/manyRestores.ts ENGINE WEIGHTS FOLDER
 */

import { getEventListeners } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import {
  createRestorer,
  type EngineName,
  type ImageSource,
  NafnetError,
  type Progress,
  type RestoredImage,
  restore,
} from "../../src/index.ts";
import { random } from "../io/fixtures.ts";
import { noisyPng } from "../support/pictures.ts";

/** The resources of a process that work may leave behind. */
export interface Holdings {
  readonly tensors: number;
  readonly tensorBytes: number;
  /** Names of the active timers, sockets, workers. */
  readonly handles: readonly string[];
  /** Threads of the process, workers' among them; null where the system does not tell. */
  readonly threads: number | null;
  readonly fileDescriptors: number | null;
  /** Resident, after the garbage has been collected. */
  readonly residentBytes: number;
}

/** The program's output. */
export interface Account {
  readonly before: Holdings;
  readonly after: Holdings;
  /** Counts of restores by their ending: `finished`, `ABORTED in restore`, `INPUT_CORRUPT in load`. */
  readonly endings: Readonly<Record<string, number>>;
  /** Listeners left on a signal that was there for all of them. */
  readonly listeners: number;
  /** Files that were neither asked for nor finished. */
  readonly strayFiles: readonly string[];
}

const COUNT = 200;
const WARM_UP = 40;
/** Restores at a time, as many as a server may have. */
const AT_ONCE = 4;

const [engine, weights = "", folder = ""] = process.argv.slice(2) as [EngineName, string, string];
const next = random(1);
const picture = noisyPng(192, 160);
const bad: readonly ImageSource[] = [
  picture.subarray(0, picture.length / 2),
  new TextEncoder().encode("GIF89a and so on"),
  join(folder, "none.png"),
  { width: 2, height: 2, channels: 3, data: new Uint8Array(11) },
];
const lasting = new AbortController();
const endings: Record<string, number> = {};
const saved = new Set<string>();

// Shared by half of the calls: several at once wait for each other on it.
const restorer = await createRestorer("denoise", { engine, weights });

/** One call: from a picture to a file, with or without loading the weights first. */
async function once(number: number, usualMs: number): Promise<void> {
  const fate = next();
  const source = fate < 0.2 ? (bad[number % bad.length] ?? picture) : picture;
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, lasting.signal]);
  let phase = "weights";
  const onProgress = (progress: Progress): void => {
    phase = progress.phase;
  };
  // Squared: loading is over soon.
  const timer = fate > 0.6 && setTimeout(next() ** 2 * usualMs).then(() => controller.abort());
  try {
    const restored = await restoreSomehow(source, { signal, onProgress });
    phase = "save";
    const file = `${number}.png`;
    const saving = restored.save(join(folder, file), { signal });
    if (fate > 0.5 && fate < 0.6) controller.abort(); // a file takes too little time to meet by chance
    await saving;
    saved.add(file);
    count("finished");
  } catch (error) {
    if (!(error instanceof NafnetError)) throw error;
    count(`${error.code} in ${phase}`);
  }
  await timer;
}

type Options = { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void };

async function restoreSomehow(source: ImageSource, options: Options): Promise<RestoredImage> {
  const way = next();
  if (way < 0.5) return await restorer.restore(source, options);
  if (way < 0.75) return await restore(source, "denoise", { engine, weights, ...options });
  using own = await createRestorer("denoise", { engine, weights, signal: options.signal });
  return await own.restore(source, options);
}

function count(ending: string): void {
  endings[ending] = (endings[ending] ?? 0) + 1;
}

/** @returns the mean time of a call in milliseconds */
async function many(total: number, usualMs: number): Promise<number> {
  const start = performance.now();
  let number = 0;
  const lane = async (): Promise<void> => {
    while (number < total) await once(number++, usualMs);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return ((performance.now() - start) / total) * AT_ONCE;
}

/** After idle workers have been let go, which takes a second, and the garbage has been collected. */
async function holdings(): Promise<Holdings> {
  await setTimeout(1500);
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await setTimeout(50); // what is finalized is freed on the event loop
  }
  const { numTensors, numBytes } = tf.engine().state; // tf.memory() wants a backend
  return {
    tensors: numTensors,
    tensorBytes: numBytes,
    handles: process.getActiveResourcesInfo().sort(),
    threads: await entries("/proc/self/task"),
    fileDescriptors: await entries("/proc/self/fd"),
    residentBytes: process.memoryUsage.rss(),
  };
}

async function entries(path: string): Promise<number | null> {
  return (await readdir(path).catch(() => null))?.length ?? null;
}

await mkdir(folder, { recursive: true });
const usualMs = await many(WARM_UP, 100);
for (const ending of Object.keys(endings)) delete endings[ending];
const before = await holdings();
await many(COUNT, 1.5 * usualMs);
const after = await holdings();
const strayFiles = (await readdir(folder)).filter((file) => !saved.has(file));
const listeners = getEventListeners(lasting.signal, "abort").length;
const account: Account = { before, after, endings, listeners, strayFiles };
console.log(JSON.stringify(account));
restorer.dispose();
