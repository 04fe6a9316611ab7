import { abortError, throwIfAborted } from "./abort.ts";

/** A request for permits that waits. */
interface Waiter {
  readonly permits: number;
  readonly begin: () => void;
}

/** A counting semaphore that serves requests in their order. */
export class Semaphore {
  readonly capacity: number;
  private free: number;
  private readonly waiting: Waiter[] = [];

  /** @param capacity permits, an integer from 1 */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.free = capacity;
  }

  /**
   * Does some work once its permits are free and all earlier requests have begun.
   *
   * @param permits integer from 1 to the capacity
   * @param signal ends the wait; the work has to listen to it itself
   * @throws NafnetError `ABORTED`, at once while it waits; whatever the work throws
   */
  async use<T>(
    permits: number,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    await this.acquire(permits, signal);
    try {
      return await work();
    } finally {
      this.free += permits;
      this.serve();
    }
  }

  private acquire(permits: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal);
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        if (signal !== undefined) reject(abortError(signal));
        this.serve(); // those behind it may want fewer permits
      };
      const begin = (): void => {
        signal?.removeEventListener("abort", leave); // from here on there are permits to give back
        resolve();
      };
      const waiter: Waiter = { permits, begin };
      this.waiting.push(waiter);
      signal?.addEventListener("abort", leave, { once: true });
      this.serve();
    });
  }

  /** Nobody overtakes: a request for all permits would otherwise wait for ever. */
  private serve(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      if (first.permits > this.free) return;
      this.free -= first.permits;
      this.waiting.shift();
      first.begin();
    }
  }
}
