/** The workers of one plan: the first makes it and runs it, the others work for its pool. */

import type { Reply, Request, Start } from "./messages.ts";
import type { EngineWorker, Platform } from "./Platform.ts";
import { MOST_PAGES, sharedMemory } from "./wasmMemory.ts";

/** Handles the replies to a request; settles what waits for it. */
type Handler = (reply: Reply) => void;

export class Team {
  readonly start: Start;
  private readonly workers: EngineWorker[];
  private handler: Handler | undefined;
  private fail: ((error: Error) => void) | undefined;

  /** @param threads more than 1 only with a module and a platform that share memory */
  constructor(platform: Platform, module: WebAssembly.Module, threads: number) {
    const shared = threads > 1 ? sharedMemory() : undefined;
    this.start = { module, memory: shared?.memory, pages: shared?.pages ?? MOST_PAGES, threads };
    this.workers = Array.from({ length: threads }, () => platform.startWorker());
    for (const worker of this.workers) {
      worker.keepAlive(false);
      worker.listen(
        (reply) => this.receive(reply),
        (error) => this.fail?.(error),
      );
    }
  }

  /**
   * Sends the first worker a request; the program is kept alive until it is settled.
   *
   * @param onReply returns the result once it has come
   * @throws Error if a worker fails
   */
  async request<T>(
    request: Request,
    onReply: (reply: Reply, team: Team) => { readonly result: T } | undefined,
  ): Promise<T> {
    const [first] = this.workers;
    first?.keepAlive(true);
    try {
      return await new Promise<T>((resolve, reject) => {
        this.fail = reject;
        this.handler = (reply) => {
          try {
            const settled = onReply(reply, this);
            if (settled !== undefined) resolve(settled.result);
          } catch (error) {
            reject(error);
          }
        };
        this.post(request);
      });
    } finally {
      first?.keepAlive(false);
      this.handler = undefined;
      this.fail = undefined;
    }
  }

  post(request: Request, transfer?: readonly ArrayBuffer[]): void {
    this.workers[0]?.post(request, transfer);
  }

  /** Whatever waits for a request is told so. */
  terminate(reason: string): void {
    for (const worker of this.workers) worker.terminate();
    this.fail?.(new Error(reason));
  }

  private receive(reply: Reply): void {
    if (reply.kind === "failed") this.fail?.(new Error(reply.message));
    else if (reply.kind === "pool") this.join(reply.pool, reply.stackTops);
    else this.handler?.(reply);
  }

  private join(pool: number, stackTops: readonly number[]): void {
    for (const [i, stackTop] of stackTops.entries()) {
      this.workers[i + 1]?.post({ kind: "join", ...this.start, pool, thread: i + 1, stackTop });
    }
  }
}
