import { NafnetError } from "./errors.ts";

/** The error of work whose signal has fired; the signal's reason is the cause. */
export function abortError(signal: AbortSignal): NafnetError {
  return new NafnetError("ABORTED", "The work was aborted.", signal.reason);
}

/** @throws NafnetError `ABORTED` if the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/**
 * The value of a promise, unless the signal fires before: for waits that may be left, since the work that is
 * waited for goes on by itself.
 *
 * @throws NafnetError `ABORTED`, at once when the signal fires
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortError(signal));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
