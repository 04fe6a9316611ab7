/** Programs run without a shell, and the lines that say what is going on meanwhile. */
import { execFile } from "node:child_process";

/** Something that this machine lacks, rather than a failure: `--if-available` skips then. */
export class NotAvailable extends Error {}

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Ends the program at work and lets every `finally` remove its temporary folder.
  process.once(signal, () => interrupt.abort());
}

/** Whether the user or the system asked this program to end. */
export function wasInterrupted(): boolean {
  return interrupt.signal.aborted;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end.
 *
 * @returns its standard output
 * @throws Error with the program's last line of complaint
 */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      {
        cwd: options.cwd ?? process.cwd(),
        env: { ...process.env, ...options.env },
        maxBuffer: 64 * 2 ** 20, // a compiler's errors, at most
        signal: interrupt.signal,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(new Error(`${program}: ${complaint(stderr) ?? error.message}`, { cause: error }));
      },
    );
  });
}

/** Prints what begins, that it still goes on every 15 s, and how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${what} …`);
  const timer = setInterval(() => console.log(`  still at it after ${seconds()} s`), 15_000);
  try {
    const result = await work();
    console.log(`  done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** The first line that names an error, else the last line. */
function complaint(stderr: string): string | undefined {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.find((line) => /error\b/i.test(line)) ?? lines.at(-1);
}
