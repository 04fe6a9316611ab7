/** Output while pictures are restored: a bar on a terminal, a line per picture otherwise. */

import { BatchProgress } from "./BatchProgress.ts";

/** Shows the progress of a batch; nothing at all with --json. */
export interface ProgressReporter {
  /** Shows the progress of a picture. @param fraction 0–1 */
  progress(picture: string, fraction: number): void;
  /** Shows that a picture is done or has failed: a line on standard output or standard error. */
  done(picture: string, line: string, failed: boolean): void;
  /** Shows a line about a finished picture on standard error. */
  warn(line: string): void;
  end(): void;
}

/**
 * The reporter for standard error as it is: a terminal or not.
 *
 * @param pixels by picture; 0 for one that is not going to be worked on
 */
export async function createReporter(
  task: string,
  pixels: ReadonlyMap<string, number>,
  json: boolean,
): Promise<ProgressReporter> {
  const ignore = (): void => undefined;
  if (json) return { progress: ignore, done: ignore, warn: ignore, end: ignore };
  if (process.stderr.isTTY) return createBarReporter(task, pixels);
  return {
    progress: ignore,
    done: (_, line, failed) => print(line, failed),
    warn: (line) => print(line, true),
    end: ignore,
  };
}

async function createBarReporter(
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
  const batch = new BatchProgress(pixels);
  let finished = 0;
  const barValues = (picture: string): object => {
    const { remainingMs } = batch;
    const left = remainingMs === undefined ? "" : ` | ${formatDuration(remainingMs)} left`;
    return { finished, left, picture };
  };
  const start = (): void => bar.start(1, batch.fraction, barValues(""));
  /** Prints a line above the bar, which would go back to where it started: it starts anew below each line. */
  const printAbove = (line: string, failed: boolean): void => {
    bar.stop();
    print(line, failed);
    start();
  };
  start();
  return {
    progress(picture, fraction) {
      batch.progress(picture, fraction);
      bar.update(batch.fraction, barValues(picture));
    },
    done(picture, line, failed) {
      finished++;
      batch.finish(picture, failed);
      printAbove(line, failed);
    },
    warn: (line) => printAbove(line, true),
    end: () => bar.stop(),
  };
}

/** A duration as text, no finer than it is known: `40 s`, `3 min`, `2 h 10 min`; rounded up, to be over in time. */
export function formatDuration(ms: number): string {
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
