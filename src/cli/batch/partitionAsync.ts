/** Splits items, in their order, into those that pass a test and the others; tests one after the other. */
export async function partitionAsync<T>(
  items: readonly T[],
  test: (item: T) => Promise<boolean>,
): Promise<[passed: T[], others: T[]]> {
  const passed: T[] = [];
  const others: T[] = [];
  for (const item of items) ((await test(item)) ? passed : others).push(item);
  return [passed, others];
}
