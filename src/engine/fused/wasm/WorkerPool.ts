import type { PoolCreated, WorkerInit, WorkerReply, WorkerRequest } from "./messages.ts";
import type { Platform, WorkerHandle } from "./Platform.ts";
import { MOST_PAGES, sharedMemory } from "./wasmMemory.ts";

/** The workers of one plan: the first makes it and runs it, the others join its pool of threads. */
export class WorkerPool {
  /** The module and the memory for requests that begin with them. */
  readonly init: WorkerInit;
  private readonly workers: WorkerHandle[];
  /** Handles replies to the request that waits. */
  private onReply: ((reply: WorkerReply) => void) | undefined;
  /** Rejects the request that waits. */
  private reject: ((error: Error) => void) | undefined;
  /** The first failure of a worker: those that are left cannot do its part. */
  private failure: Error | undefined;

  /** @param threads more than 1 only with a module and a platform that share memory */
  constructor(platform: Platform, module: WebAssembly.Module, threads: number) {
    const shared = threads > 1 ? sharedMemory() : undefined;
    const maxPages = shared?.pages ?? MOST_PAGES;
    this.init = { module, memory: shared?.memory, maxPages, threads };
    this.workers = [];
    try {
      while (this.workers.length < threads) this.workers.push(this.start(platform));
    } catch (error) {
      this.terminate("A worker could not be started.");
      throw error;
    }
  }

  /** Whether a worker has failed, also while there was no request. */
  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /**
   * Sends the first worker a request; the program is kept alive until it is settled.
   *
   * @param onReply returns the result once it has come
   * @throws Error if a worker fails
   */
  async request<T>(
    request: WorkerRequest,
    onReply: (reply: WorkerReply) => { readonly result: T } | undefined,
  ): Promise<T> {
    if (this.failure !== undefined) throw this.failure;
    const [first] = this.workers;
    first?.keepAlive(true);
    try {
      return await new Promise<T>((resolve, reject) => {
        this.reject = reject;
        this.onReply = (reply) => {
          try {
            const settled = onReply(reply);
            if (settled !== undefined) resolve(settled.result);
          } catch (error) {
            reject(error);
          }
        };
        this.post(request);
      });
    } finally {
      first?.keepAlive(false);
      this.onReply = undefined;
      this.reject = undefined;
    }
  }

  /** Sends the first worker a message. */
  post(request: WorkerRequest, transfer?: readonly ArrayBuffer[]): void {
    this.workers[0]?.post(request, transfer);
  }

  /** Ends all workers; the request that waits is rejected with the reason. */
  terminate(reason: string): void {
    for (const worker of this.workers) worker.terminate();
    this.reject?.(new Error(reason));
  }

  private start(platform: Platform): WorkerHandle {
    const worker = platform.startWorker();
    worker.keepAlive(false);
    worker.listen(
      (reply) => this.receive(reply),
      (error) => this.fail(error),
    );
    return worker;
  }

  private receive(reply: WorkerReply): void {
    if (reply.kind === "failed") this.fail(new Error(reply.message));
    else if (reply.kind === "poolCreated") this.joinPool(reply);
    else this.onReply?.(reply);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.reject?.(error);
  }

  private joinPool({ pool, stackTops }: PoolCreated): void {
    for (const [i, stackTop] of stackTops.entries()) {
      const thread = i + 1;
      this.workers[thread]?.post({ kind: "joinPool", ...this.init, pool, thread, stackTop });
    }
  }
}
