/** What the user sees while pictures are restored: a bar on a terminal, a line per picture otherwise. */

/** Tells how the work goes on; nothing at all with --json. */
export interface ProgressReporter {
  /** @param fraction of the picture, 0–1 */
  progress(name: string, fraction: number): void;
  /** A picture is done or has failed; the text is for standard output or standard error. */
  done(line: string, failed: boolean): void;
  /** Something about a picture that is done, for standard error. */
  warn(line: string): void;
  end(): void;
}

/** @param total pictures */
export async function createReporter(
  task: string,
  total: number,
  json: boolean,
): Promise<ProgressReporter> {
  if (json) {
    const nothing = (): void => undefined;
    return { progress: nothing, done: nothing, warn: nothing, end: nothing };
  }
  return process.stderr.isTTY ? barReporter(task, total) : lineReporter();
}

function lineReporter(): ProgressReporter {
  const nothing = (): void => undefined;
  return { progress: nothing, done: print, warn: (line) => print(line, true), end: nothing };
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
  /** The bar goes back to where the cursor was when it started: it starts anew below each line. */
  const above = (line: string, failed: boolean): void => {
    bar.stop();
    print(line, failed);
    start();
  };
  start();
  return {
    progress(name, fraction) {
      bar.update(finished + fraction, { finished, name });
    },
    done(line, failed) {
      finished++;
      above(line, failed);
    },
    warn: (line) => above(line, true),
    end: () => bar.stop(),
  };
}

function print(line: string, failed: boolean): void {
  if (failed) console.error(line);
  else console.log(line);
}
