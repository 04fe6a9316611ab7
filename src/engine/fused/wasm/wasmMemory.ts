/** Memory of the WebAssembly modules; tools/build/buildWasm.ts links them with the same figures. */

export const PAGE_BYTES = 65_536;

/** The module's own data and stack; it grows from there. */
export const INITIAL_PAGES = 64;

/** 4 GiB: what 32 bits address. */
export const MOST_PAGES = 65_536;

/** Of them, what runs can have: data, stacks and what is lost between blocks of the heap need the rest. */
export const MOST_MEMORY_BYTES: number = 3.7 * 2 ** 30;

/** Where the browser will not reserve 4 GiB of addresses, it may give less. */
const SMALLER_PAGES = [MOST_PAGES, MOST_PAGES / 2, MOST_PAGES / 4, MOST_PAGES / 8];

/** Shared between workers, as large as this machine lets it become. */
export function sharedMemory(): { readonly memory: WebAssembly.Memory; readonly pages: number } {
  let failure: unknown;
  for (const pages of SMALLER_PAGES) {
    try {
      const limits = { initial: INITIAL_PAGES, maximum: pages, shared: true };
      return { memory: new WebAssembly.Memory(limits), pages };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Data, stacks and what the heap keeps for itself. */
const OVERHEAD_BYTES = 16 * 2 ** 20;

/** One block of the heap is smaller than 2 GiB: its allocator's sizes are signed. A run's maps are one block. */
const MOST_BLOCK_BYTES = 2 ** 31 - OVERHEAD_BYTES;

/** What is lost between blocks of the heap. */
const USABLE_SHARE = 15 / 16;

/**
 * What a run's maps, buffers and packed weights may take: what the caller allows, and what is left of the memory
 * beside the input and the output, which lie in it, too.
 *
 * @param values of the input
 */
export function runLimitBytes(pages: number, values: number, maxMemoryBytes: number): number {
  const room = pages * PAGE_BYTES * USABLE_SHARE - OVERHEAD_BYTES - 8 * values;
  return Math.max(1, Math.min(maxMemoryBytes, Math.floor(room), MOST_BLOCK_BYTES));
}
