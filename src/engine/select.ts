/** The choice of the engine: the fastest that can run, or the one that was asked for. */

import { type ErrorCode, invalidArgument, messageOf, NafnetError, quoted } from "../base/errors.ts";
import { ENGINE_NAMES, type Engine, type EngineName } from "./Engine.ts";
import type { EngineOptions } from "./EngineOptions.ts";
import { forcedIsa } from "./fused/chooseIsa.ts";

/** The result of trying an engine: the engine, or the reason why it cannot run. */
export type Attempt =
  | { readonly name: EngineName; readonly engine: Engine }
  | { readonly name: EngineName; readonly reason: string; readonly code: ErrorCode };

/** Loads one engine; what it depends on is imported only now. */
async function load(name: EngineName): Promise<Engine> {
  switch (name) {
    case "native":
    case "wasm": {
      const { createFusedEngine } = await import("./fused/FusedEngine.ts");
      return createFusedEngine(name);
    }
    case "tfjs": {
      const { createTfjsEngine } = await import("./tfjs/TfjsEngine.ts");
      return createTfjsEngine();
    }
    default:
      return name satisfies never;
  }
}

/** Tries to load an engine that works as asked for and keeps why it could not be. */
export async function tryEngine(name: EngineName, options: EngineOptions = {}): Promise<Attempt> {
  try {
    const engine = await load(name);
    const reason = engine.objection(options);
    return reason === undefined ? { name, engine } : { name, reason, code: "ENGINE_UNAVAILABLE" };
  } catch (error) {
    const code = error instanceof NafnetError ? error.code : "ENGINE_UNAVAILABLE";
    return { name, reason: messageOf(error), code };
  }
}

/**
 * Chooses an engine.
 *
 * @param wanted an engine's name, or undefined for the fastest that runs here and works as asked for
 * @returns the engine, with the faster ones among what it has skipped
 * @throws NafnetError `INVALID_ARGUMENT` for an unknown name and for a NAFNET_ISA that no engine has,
 *   `ENGINE_UNAVAILABLE` with the reason of each
 */
export async function selectEngine(wanted?: string, options: EngineOptions = {}): Promise<Engine> {
  const names = candidates(wanted);
  if (names.length === 0) {
    throw invalidArgument("engine", `one of ${ENGINE_NAMES.join(", ")}`, quoted(wanted));
  }
  const skipped = new Map<string, string>();
  let invalid = false;
  for (const name of names) {
    const attempt = await tryEngine(name, options);
    if ("engine" in attempt) {
      const { engine } = attempt;
      return { ...engine, skipped: new Map([...skipped, ...engine.skipped]) };
    }
    skipped.set(name, attempt.reason);
    invalid ||= attempt.code === "INVALID_ARGUMENT";
  }
  const reasons = [...skipped].map(([name, reason]) => `${name}: ${reason}`);
  throw new NafnetError(
    invalid ? "INVALID_ARGUMENT" : "ENGINE_UNAVAILABLE",
    `No engine can run here as asked for. ${reasons.join(" ")}`,
  );
}

function candidates(wanted: string | undefined): readonly EngineName[] {
  if (wanted !== undefined) return ENGINE_NAMES.filter((name) => name === wanted);
  // Whoever forces an instruction set does not want to be given an engine that has none.
  return forcedIsa() === undefined ? ENGINE_NAMES : ENGINE_NAMES.filter((name) => name !== "tfjs");
}
