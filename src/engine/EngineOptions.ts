import { invalidArgument, quoted } from "../base/errors.ts";

/** The precisions that there are. */
export const PRECISIONS = ["float32", "bf16"] as const;

/** The format in which numbers are multiplied; sums, norms and statistics are float32 or better in each. */
export type Precision = (typeof PRECISIONS)[number];

/** Options of an engine. */
export interface EngineOptions {
  /**
   * Threads that compute; the native and wasm engines only.
   * @default the processors that the process may use: affinity and the cgroup's quota
   */
  readonly threads?: number | undefined;
  /**
   * The most bytes that a run may hold at a time. A picture that needs more is worked on in strips and
   * then with a scratch file by the native and wasm engines, with the same result, and refused by tfjs.
   * @default 85 % of what the machine and the cgroup have available when the run begins
   */
  readonly maxMemoryBytes?: number | undefined;
  /**
   * `"bf16"` multiplies in bfloat16, which is faster on processors that have instructions for it and
   * less exact; where it cannot be had, that is an error.
   * @default "float32"
   */
  readonly precision?: Precision | undefined;
  /** Folder of scratch files, on a disk rather than in memory. @default the system's temporary folder */
  readonly scratchFolder?: string | undefined;
}

/** A pool of more threads than any machine has processors is a slip of the pen. */
const MAX_THREADS = 1024;

/** Checks options that may come from JavaScript. @throws NafnetError `INVALID_ARGUMENT` */
export function checkEngineOptions(options: EngineOptions): void {
  const { threads, maxMemoryBytes, precision, scratchFolder } = options;
  const expect = (valid: boolean, name: keyof EngineOptions, expected: string): void => {
    if (!valid) throw invalidArgument(name, expected, quoted(options[name]));
  };
  expect(
    threads === undefined || (Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS),
    "threads",
    `integer 1–${MAX_THREADS}`,
  );
  expect(
    maxMemoryBytes === undefined || (typeof maxMemoryBytes === "number" && maxMemoryBytes > 0),
    "maxMemoryBytes",
    "a number of bytes above 0",
  );
  expect(
    precision === undefined || PRECISIONS.includes(precision),
    "precision",
    `one of ${PRECISIONS.join(", ")}`,
  );
  expect(
    scratchFolder === undefined || (typeof scratchFolder === "string" && scratchFolder !== ""),
    "scratchFolder",
    "a folder",
  );
}
