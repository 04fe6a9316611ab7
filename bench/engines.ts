/** The engines that are compared, ours and their peers, each started as a process of its own. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Spec } from "./protocol.ts";

/** An engine of the bench. */
export interface BenchEngine {
  /** Name for --engines. */
  readonly id: string;
  readonly precision: Spec["precision"];
  /** Whether it is somebody else's, which ours are compared with. */
  readonly isPeer: boolean;
  /** Whether it reads the network exported as ONNX. */
  readonly needsOnnx: boolean;
  /** Whether it reads writeState's file. */
  readonly needsState: boolean;
  /** Whether it takes a number of threads; one that does not has one. */
  readonly hasThreads: boolean;
  /** Whether it takes seconds for a photograph of 12 megapixels, not a minute and more. */
  readonly isFast: boolean;
  /** The command that starts it. @throws Error if a program or package that it needs is absent */
  command(): readonly string[];
}

const VENV_PYTHON = fileURLToPath(new URL(".venv/bin/python", import.meta.url));

/** The Python of the peers. @throws Error with the remedy where there is none */
export function pythonCommand(): string {
  const chosen = process.env.NAFNET_BENCH_PYTHON;
  if (chosen) return chosen;
  if (existsSync(VENV_PYTHON)) return VENV_PYTHON;
  throw new Error("no bench/.venv and no NAFNET_BENCH_PYTHON; bench/README.md says how to make it");
}

/** Path of a Python script of peers/. */
export function peerScript(name: string): string {
  return fileURLToPath(new URL(`peers/${name}.py`, import.meta.url));
}

/** The command of a worker, started as this process was, so that it understands TypeScript as well. */
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

/** The engines in the order in which they run; the first with float32 that works is the reference. */
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
