/** What the user sees while pictures are restored: a bar on a terminal, a line per picture otherwise. */

import { Workload } from "./BatchProgress.ts";

/** Tells how the work goes on; nothing at all with --json. */
export interface ProgressReporter {
  /** @param fraction of the picture, 0–1 */
  progress(picture: string, fraction: number): void;
  /** A picture is done or has failed; the text is for standard output or standard error. */
  done(picture: string, line: string, failed: boolean): void;
  /** Something about a picture that is done, for standard error. */
  warn(line: string): void;
  end(): void;
}

/** @param pixels by picture; 0 for one that is not going to be worked on */
export async function createReporter(
  task: string,
  pixels: ReadonlyMap<string, number>,
  json: boolean,
): Promise<ProgressReporter> {
  const nothing = (): void => undefined;
  if (json) return { progress: nothing, done: nothing, warn: nothing, end: nothing };
  if (process.stderr.isTTY) return barReporter(task, pixels);
  return {
    progress: nothing,
    done: (_, line, failed) => print(line, failed),
    warn: (line) => print(line, true),
    end: nothing,
  };
}

async function barReporter(
  task: string,
  pixels: ReadonlyMap<string, number>,
): Promise<ProgressReporter> {
  const { SingleBar } = await import("cli-progress");
  const bar = new SingleBar({
    format: `${task} [{bar}] {percentage}% | {finished}/${pixels.size}{left} | {picture}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  const workload = new Workload(pixels);
  let finished = 0;
  const state = (picture: string): object => {
    const { remainingMs } = workload;
    const left = remainingMs === undefined ? "" : ` | ${inWords(remainingMs)} left`;
    return { finished, left, picture };
  };
  const start = (): void => bar.start(1, workload.fraction, state(""));
  /** The bar goes back to where the cursor was when it started: it starts anew below each line. */
  const above = (line: string, failed: boolean): void => {
    bar.stop();
    print(line, failed);
    start();
  };
  start();
  return {
    progress(picture, fraction) {
      workload.progress(picture, fraction);
      bar.update(workload.fraction, state(picture));
    },
    done(picture, line, failed) {
      finished++;
      workload.settle(picture, failed);
      above(line, failed);
    },
    warn: (line) => above(line, true),
    end: () => bar.stop(),
  };
}

/** No finer than it is known: `40 s`, `3 min`, `2 h 10 min`. Rounded up, so that it is not over too early. */
export function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function print(line: string, failed: boolean): void {
  if (failed) console.error(line);
  else console.log(line);
}
