/**
 * Works on several items at a time and gives the results in the items' order.
 *
 * @param fits whether these items may be worked on at a time; one alone always may
 * @param work must not reject for what is the item's own fault; a rejection ends all
 */
export async function* mapInOrder<T, R>(
  items: Iterable<T>,
  fits: (items: readonly T[]) => Promise<boolean>,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: { readonly item: T; readonly result: Promise<R> }[] = [];
  try {
    for (const item of items) {
      while (running[0] && !(await fits([...running.map((other) => other.item), item]))) {
        yield await running[0].result;
        running.shift();
      }
      running.push({ item, result: work(item) });
    }
    for (const { result } of running) yield await result;
  } finally {
    // Nothing goes on behind the caller's back, whichever of them failed.
    await Promise.allSettled(running.map(({ result }) => result));
  }
}
