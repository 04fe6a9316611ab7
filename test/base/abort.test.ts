/** Leaving a wait that goes on without the one who waited. */

import { getEventListeners } from "node:events";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { orAborted } from "../../src/base/abort.ts";
import { rejectionOf } from "../support/errors.ts";

describe("orAborted", () => {
  it("gives what the promise gives, and leaves no listener", async () => {
    const { signal } = new AbortController();
    expect(await orAborted(setTimeout(1, "done"), signal)).toBe("done");
    expect(await orAborted(setTimeout(1, "done"), undefined)).toBe("done");
    const mine = new Error("mine");
    await expect(orAborted(Promise.reject(mine), signal)).rejects.toBe(mine);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it.each(["before", "meanwhile"])("is rejected when the signal fires %s", async (when) => {
    const controller = new AbortController();
    if (when === "before") controller.abort("enough");
    const waiting = orAborted(new Promise(() => undefined), controller.signal);
    controller.abort("enough");
    expect(await rejectionOf(waiting)).toMatchObject({ code: "ABORTED", cause: "enough" });
  });

  it("takes care of a promise that is rejected when nobody waits any more", async () => {
    const failing = setTimeout(1).then(() => Promise.reject(new Error("too late")));
    await rejectionOf(orAborted(failing, AbortSignal.abort()));
    await setTimeout(5); // an unhandled rejection would fail the run of the tests
  });
});
