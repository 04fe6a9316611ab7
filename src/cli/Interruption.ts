import { constants } from "node:os";

/** The signals of Ctrl-C, of service managers and `kill`, and of a closed terminal. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Hears the signals that end a process: the first one aborts the work, a second one ends it at once. */
export class Interruption {
  private readonly controller: AbortController = new AbortController();
  private received: NodeJS.Signals | undefined;

  constructor() {
    for (const name of SIGNALS) process.once(name, this.interrupt);
  }

  /** Aborts the work that is to stop. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** 128 and the signal's number, as shells have it; undefined while there was none. */
  get exitCode(): number | undefined {
    return this.received && 128 + constants.signals[this.received];
  }

  /** Leaves signals to what Node does with them: it ends the process. */
  stop(): void {
    for (const name of SIGNALS) process.removeListener(name, this.interrupt);
  }

  private readonly interrupt = (name: NodeJS.Signals): void => {
    this.received = name;
    this.stop();
    this.controller.abort();
  };
}
