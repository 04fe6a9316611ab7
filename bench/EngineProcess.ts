/** One engine with one network, in a process of its own, so that its memory is its own. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { BenchEngine } from "./engines.ts";
import { REPLY_MARK, type Reply, type Request, type Spec } from "./protocol.ts";

/** Time limit of a step, longer than any takes: compiling and running 12 megapixels on a slow peer. */
const PATIENCE_MS = 15 * 60_000;
/** Characters that are kept of a process's stderr, from its end, where the reason of its death is. */
const KEPT_STDERR = 4000;

type Done = Extract<Reply, { ok: true }>;

export class EngineProcess {
  private readonly child: ChildProcessWithoutNullStreams;
  private stderr: string = "";
  private waiting: ((reply: Reply) => void) | undefined;
  private ended: boolean = false;

  private constructor(command: readonly string[], spec: Spec) {
    const [program = "", ...args] = command;
    this.child = spawn(program, [...args, JSON.stringify(spec)], {
      env: {
        ...process.env,
        // For runtimes that look nowhere else; TF_ is @tensorflow/tfjs-node's.
        OMP_NUM_THREADS: String(spec.threads),
        TF_NUM_INTRAOP_THREADS: String(spec.threads),
        TF_CPP_MIN_LOG_LEVEL: "2",
        PYTHONDONTWRITEBYTECODE: "1",
      },
    });
    this.child.stderr.on("data", (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-KEPT_STDERR);
    });
    this.child.stdin.on("error", () => undefined); // a dead process: "close" tells it
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      if (line.startsWith(REPLY_MARK)) this.settle(JSON.parse(line.slice(REPLY_MARK.length)));
    });
    this.child.on("error", (error) => this.end(error.message));
    this.child.on("close", (code, signal) => {
      this.end(this.lastWords() ?? `it ended with ${signal ?? `exit code ${code}`}`);
    });
  }

  /**
   * Starts an engine and waits until it has loaded the network.
   *
   * @throws Error with the reason why it cannot
   */
  static async start(engine: BenchEngine, spec: Spec): Promise<EngineProcess> {
    const started = new EngineProcess(engine.command(), spec);
    try {
      await started.reply();
    } catch (error) {
      await started.close();
      throw error;
    }
    return started;
  }

  /** Sends a request and waits for its reply. @throws Error with the engine's reason */
  async ask(request: Request): Promise<Done> {
    const reply = this.reply();
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    return await reply;
  }

  /** Forgets the peak so far; where that cannot be done, the peak is the process's whole life's. */
  resetPeakBytes(): void {
    try {
      writeFileSync(`/proc/${this.child.pid}/clear_refs`, "5"); // man 5 proc: resets VmHWM
    } catch {
      // Not Linux, or not allowed.
    }
  }

  /** The most resident memory since the last reset, the runtime included; null where it is not told. */
  peakBytes(): number | null {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
      const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
      return kibibytes === undefined ? null : Number(kibibytes) * 1024;
    } catch {
      return null; // not Linux
    }
  }

  /** Ends the process and waits for its end: its memory and its threads must not disturb the next. */
  async close(): Promise<void> {
    if (this.ended) return;
    const closed = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGKILL");
    await closed;
  }

  private reply(): Promise<Done> {
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(new Error(this.lastWords() ?? "it has ended"));
        return;
      }
      const timer = setTimeout(() => {
        this.settle({ ok: false, reason: `no answer in ${PATIENCE_MS / 60_000} minutes` });
        this.child.kill("SIGKILL"); // a late answer would be taken for the next one
      }, PATIENCE_MS);
      this.waiting = (reply) => {
        clearTimeout(timer);
        if (reply.ok) resolve(reply);
        else reject(new Error(reply.reason));
      };
    });
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting;
    this.waiting = undefined;
    waiting?.(reply);
  }

  private end(reason: string): void {
    this.ended = true;
    this.settle({ ok: false, reason });
  }

  private lastWords(): string | undefined {
    return this.stderr.trim().split("\n").at(-1)?.trim() || undefined;
  }
}
