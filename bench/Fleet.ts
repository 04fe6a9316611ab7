/** The processes of one model's engines: started when first needed, kept from size to size. */

import { messageOf } from "../src/base/errors.ts";
import { EngineProcess } from "./EngineProcess.ts";
import type { BenchEngine } from "./engines.ts";
import { exportOnnx } from "./exportOnnx.ts";

/** An engine with a number of threads. */
export interface Contender {
  readonly engine: BenchEngine;
  readonly threads: number;
}

export class Fleet {
  /** Engines that could not start, and why, by id: they are not tried again, with any network. */
  readonly absences: Map<string, string>;
  private readonly model: string;
  private readonly state: string;
  private readonly processes: Map<string, EngineProcess> = new Map();
  private readonly exports: Map<string, Promise<string>> = new Map();

  /**
   * @param model id of one of MODELS
   * @param state writeState's file
   * @param absences shared by the fleets of a run
   */
  constructor(model: string, state: string, absences: Map<string, string>) {
    this.model = model;
    this.state = state;
    this.absences = absences;
  }

  /** @throws Error with the reason why the engine cannot start */
  async get({ engine, threads }: Contender): Promise<EngineProcess> {
    const key = `${engine.id} ${threads}`;
    const running = this.processes.get(key);
    if (running !== undefined) return running;
    const { model, state } = this;
    const { id, precision } = engine;
    const spec = { engine: id, model, state: engine.needsState ? state : null, threads, precision };
    try {
      const started = await EngineProcess.start(engine, spec);
      this.processes.set(key, started);
      return started;
    } catch (error) {
      this.absences.set(id, reasonOf(error));
      throw error;
    }
  }

  /** The network as ONNX for a size; exported once, and failing once. */
  onnx(width: number, height: number): Promise<string> {
    const key = `${width}x${height}`;
    const path = this.exports.get(key) ?? exportOnnx(this.state, width, height);
    this.exports.set(key, path);
    return path;
  }

  /** Ends one engine's process, if there is one. */
  async drop({ engine, threads }: Contender): Promise<void> {
    const key = `${engine.id} ${threads}`;
    const dropped = this.processes.get(key);
    this.processes.delete(key);
    await dropped?.close();
  }

  async close(): Promise<void> {
    const closing = [...this.processes.values()].map((started) => started.close());
    this.processes.clear();
    await Promise.all(closing);
  }
}

/** The first line of an error's message. */
export function reasonOf(error: unknown): string {
  return messageOf(error).split("\n")[0] ?? "";
}
