import { afterEach, expect, it } from "vitest";
import { Interruption } from "../../src/cli/Interruption.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const listeners = (): number[] => SIGNALS.map((name) => process.listenerCount(name));
const before = listeners();
let interruption: Interruption | undefined;
afterEach(() => interruption?.stop());

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)(
  "%s aborts the work; the next signal is Node's, which ends the process",
  (name, code) => {
    interruption = new Interruption();
    expect(listeners()).toEqual(before.map((count) => count + 1));
    expect([interruption.signal.aborted, interruption.exitCode]).toEqual([false, undefined]);
    // Only ours: the test runner has listeners of its own.
    for (const listener of process.listeners(name).slice(-1)) listener(name);
    expect([interruption.signal.aborted, interruption.exitCode]).toEqual([true, code]);
    expect(listeners()).toEqual(before);
  },
);
