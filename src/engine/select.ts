/** Which engine runs: the fastest that can, or the one that was asked for. */

import { messageOf, NafnetError } from "../errors.ts";
import { ENGINE_NAMES, type Engine, type EngineName } from "./Engine.ts";

/** An engine that was tried. */
export type Attempt =
  | { readonly name: EngineName; readonly engine: Engine }
  | { readonly name: EngineName; readonly reason: string };

/** Loads one engine; what it depends on is imported only now. */
async function load(name: EngineName): Promise<Engine> {
  switch (name) {
    case "tfjs": {
      const { createTfjsEngine } = await import("./tfjs/TfjsEngine.ts");
      return createTfjsEngine();
    }
    default:
      return name satisfies never;
  }
}

/** Tries to load an engine and keeps why it could not be. */
export async function tryEngine(name: EngineName): Promise<Attempt> {
  try {
    return { name, engine: await load(name) };
  } catch (error) {
    return { name, reason: messageOf(error) };
  }
}

/**
 * @param wanted an engine's name, or undefined for the fastest that runs here
 * @throws NafnetError `INVALID_ARGUMENT` for an unknown name, `ENGINE_UNAVAILABLE` with the reason of each
 */
export async function selectEngine(wanted?: string): Promise<Engine> {
  const names =
    wanted === undefined ? ENGINE_NAMES : ENGINE_NAMES.filter((name) => name === wanted);
  if (names.length === 0) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected one of ${ENGINE_NAMES.join(", ")} for engine but received ${JSON.stringify(wanted)}.`,
    );
  }
  const reasons: string[] = [];
  for (const name of names) {
    const attempt = await tryEngine(name);
    if ("engine" in attempt) return attempt.engine;
    reasons.push(`${name}: ${attempt.reason}`);
  }
  throw new NafnetError("ENGINE_UNAVAILABLE", `No engine can run here. ${reasons.join(" ")}`);
}
