/** What is compared: our engines and their peers, each started as a process of its own. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Spec } from "./protocol.ts";

/** An engine of the bench. */
export interface BenchEngine {
  /** What --engines takes. */
  readonly id: string;
  readonly precision: Spec["precision"];
  /** Somebody else's: what ours are held against. */
  readonly isPeer: boolean;
  /** Reads the exported network. */
  readonly needsOnnx: boolean;
  /** Reads writeState's file. */
  readonly needsState: boolean;
  /** Measured with the threads that are asked for, or, if it has no choice, with one. */
  readonly hasThreads: boolean;
  /** Takes seconds for a photograph of 12 megapixels, not a minute and more. */
  readonly isFast: boolean;
  /** @throws Error if what it runs on is absent */
  command(): readonly string[];
}

const VENV_PYTHON = fileURLToPath(new URL(".venv/bin/python", import.meta.url));

/** @throws Error with what to do */
export function pythonCommand(): string {
  const chosen = process.env.NAFNET_BENCH_PYTHON;
  if (chosen) return chosen;
  if (existsSync(VENV_PYTHON)) return VENV_PYTHON;
  throw new Error("no bench/.venv and no NAFNET_BENCH_PYTHON; bench/README.md says how to make it");
}

/** Python script of peers/. */
export function peerScript(name: string): string {
  return fileURLToPath(new URL(`peers/${name}.py`, import.meta.url));
}

/** The way this process itself was started, so that workers understand TypeScript as it does. */
function nodeCommand(worker: string): readonly string[] {
  const script = fileURLToPath(new URL(`workers/${worker}.ts`, import.meta.url));
  return [process.execPath, ...process.execArgv, script];
}

function peer(id: string, more: Partial<BenchEngine>): BenchEngine {
  return {
    id,
    precision: "float32",
    isPeer: true,
    needsOnnx: false,
    needsState: false,
    hasThreads: true,
    isFast: false,
    command: () => [pythonCommand(), peerScript(`${id}_peer`)],
    ...more,
  };
}

function own(id: string, more: Partial<BenchEngine> = {}): BenchEngine {
  return peer(id, { isPeer: false, isFast: true, command: () => nodeCommand("nafnet"), ...more });
}

/** In this order they run; the first with float32 that works is the reference. */
export const ENGINES: readonly BenchEngine[] = [
  peer("pytorch", { needsState: true }),
  peer("openvino", { needsOnnx: true, isFast: true }),
  peer("openvino-bf16", {
    precision: "bf16",
    needsOnnx: true,
    isFast: true,
    command: () => [pythonCommand(), peerScript("openvino_peer")],
  }),
  peer("onnxruntime", { needsOnnx: true, command: () => nodeCommand("onnxruntime") }),
  // Under Node tfjs-backend-wasm has one thread. What people would otherwise use, so a peer.
  own("tfjs-wasm", { isPeer: true, isFast: false, hasThreads: false }),
  own("tfjs-node", { isPeer: true, isFast: false }),
  own("native"),
  own("native-bf16", { precision: "bf16" }),
  own("wasm"),
];
