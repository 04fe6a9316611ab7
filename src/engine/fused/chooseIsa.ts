import { invalidArgument, NafnetError, quoted } from "../../base/errors.ts";

/** The instruction set that the environment variable NAFNET_ISA forces, if it is set. */
export function forcedIsa(): string | undefined {
  return process.env.NAFNET_ISA || undefined; // set to nothing is not set
}

/**
 * The instruction set that a build of the engine is to use.
 *
 * @param isas those that the build has and the machine runs, the fastest first
 * @param wanted one of them, or undefined for the fastest
 * @param engine for the message
 * @throws NafnetError `INVALID_ARGUMENT` for one that is not there, with those that are
 */
export function chooseIsa(
  isas: readonly string[],
  wanted: string | undefined,
  engine: string,
): string {
  const isa = wanted === undefined ? isas[0] : isas.find((candidate) => candidate === wanted);
  if (isa !== undefined) return isa;
  if (wanted === undefined) {
    throw new NafnetError(
      "ENGINE_UNAVAILABLE",
      `The ${engine} engine has no code for this processor.`,
    );
  }
  throw invalidArgument(
    "NAFNET_ISA",
    `one of ${isas.join(", ")} (those that the ${engine} engine runs here)`,
    quoted(wanted),
  );
}
