/** The memory of the WebAssembly modules; tools/build/buildWasm.ts links them with the same figures. */

/** WebAssembly's unit of memory. */
export const PAGE_BYTES = 65_536;

/** Pages of the module's own data and stack; the memory grows from there. */
export const INITIAL_PAGES = 64;

/** 4 GiB, all that 32 bits address. */
export const MOST_PAGES = 65_536;

/** Bytes of the memory that runs can have: data, stacks and gaps between blocks of the heap need the rest. */
export const MOST_MEMORY_BYTES: number = 3.7 * 2 ** 30;

/** Sizes to try, the largest first: a browser that will not reserve 4 GiB of addresses may give less. */
const SIZES_IN_PAGES = [MOST_PAGES, MOST_PAGES / 2, MOST_PAGES / 4, MOST_PAGES / 8];

/** Memory that workers share, as large as this machine lets it become. */
export function sharedMemory(): { readonly memory: WebAssembly.Memory; readonly pages: number } {
  let failure: unknown;
  for (const pages of SIZES_IN_PAGES) {
    try {
      const limits = { initial: INITIAL_PAGES, maximum: pages, shared: true };
      return { memory: new WebAssembly.Memory(limits), pages };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Bytes of data, of stacks, and of the heap's own bookkeeping. */
const OVERHEAD_BYTES = 16 * 2 ** 20;

/** The largest block of the heap: smaller than 2 GiB, since its allocator's sizes are signed. A run's maps are one block. */
const MOST_BLOCK_BYTES = 2 ** 31 - OVERHEAD_BYTES;

/** The share of the heap that is not lost between its blocks. */
const USABLE_SHARE = 15 / 16;

/**
 * Bytes that a run's maps, buffers and packed weights may take: the caller's limit, or the room that the input and
 * the output, which lie in the memory, too, leave there.
 *
 * @param valueCount values of the input
 */
export function runLimitBytes(pages: number, valueCount: number, maxMemoryBytes: number): number {
  const room = pages * PAGE_BYTES * USABLE_SHARE - OVERHEAD_BYTES - 8 * valueCount;
  return Math.max(1, Math.min(maxMemoryBytes, Math.floor(room), MOST_BLOCK_BYTES));
}
