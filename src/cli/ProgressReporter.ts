/** What the user sees while pictures are restored: a bar on a terminal, a line per picture otherwise. */

/** Tells how the work goes on; nothing at all with --json. */
export interface ProgressReporter {
  /** @param fraction of the picture, 0–1 */
  progress(name: string, fraction: number): void;
  /** A picture is done or has failed; the text is for standard output or standard error. */
  done(line: string, failed: boolean): void;
  end(): void;
}

/** @param total pictures */
export async function createReporter(
  task: string,
  total: number,
  json: boolean,
): Promise<ProgressReporter> {
  if (json) {
    return { progress: () => undefined, done: () => undefined, end: () => undefined };
  }
  return process.stderr.isTTY ? barReporter(task, total) : lineReporter();
}

function lineReporter(): ProgressReporter {
  return { progress: () => undefined, done: print, end: () => undefined };
}

async function barReporter(task: string, total: number): Promise<ProgressReporter> {
  const { SingleBar } = await import("cli-progress");
  const bar = new SingleBar({
    format: `${task} [{bar}] {percentage}% | {finished}/${total} | {name}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let finished = 0;
  const start = (): void => bar.start(total, finished, { finished, name: "" });
  start();
  return {
    progress(name, fraction) {
      bar.update(finished + fraction, { finished, name });
    },
    done(line, failed) {
      finished++;
      // The bar goes back to where the cursor was when it started: it starts anew below each line.
      bar.stop();
      print(line, failed);
      start();
    },
    end: () => bar.stop(),
  };
}

function print(line: string, failed: boolean): void {
  if (failed) console.error(line);
  else console.log(line);
}
