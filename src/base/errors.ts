/**
 * Every error that this library throws on purpose: one class, told apart by a stable `code`.
 */

/**
 * The kind of an error, as a stable name that a program can branch on.
 *
 * - `INVALID_ARGUMENT`: an option or argument has the wrong type, range or shape
 * - `INPUT_NOT_FOUND`: the picture, folder or checkpoint does not exist or cannot be read
 * - `INPUT_UNSUPPORTED`: the picture's format is not one that can be decoded, or needs the package sharp
 * - `INPUT_CORRUPT`: the picture is empty, truncated or damaged
 * - `INPUT_TOO_LARGE`: the picture's header declares more pixels than the limit, or decoding it needs more
 *   memory than there is
 * - `CHECKPOINT_CORRUPT`: the checkpoint is empty, truncated, damaged or inconsistent
 * - `CHECKPOINT_FORBIDDEN`: the checkpoint's pickle asks for something outside the allow-list
 * - `CHECKPOINT_UNSUPPORTED`: a container or tensor type that is not read
 * - `MODEL_UNSUPPORTED`: no known architecture has the checkpoint's keys
 * - `WEIGHTS_MISSING`: there are no weights for the task
 * - `WEIGHTS_CORRUPT`: model.json or a shard is missing, damaged or inconsistent
 * - `MEMORY_LIMIT`: the picture needs more memory than the engine may use
 * - `ABORTED`: the caller's AbortSignal fired
 * - `ENGINE_UNAVAILABLE`: the engine that was asked for, or any at all, cannot run here
 * - `ENGINE_FAILED`: the engine failed
 * - `RESULT_REJECTED`: the result has failed a check (NaN, black, colour cast, mosaic, …) in every safer way
 * - `OUTPUT_FAILED`: a result could not be written
 */
export type ErrorCode =
  | "INVALID_ARGUMENT"
  | "INPUT_NOT_FOUND"
  | "INPUT_UNSUPPORTED"
  | "INPUT_CORRUPT"
  | "INPUT_TOO_LARGE"
  | "CHECKPOINT_CORRUPT"
  | "CHECKPOINT_FORBIDDEN"
  | "CHECKPOINT_UNSUPPORTED"
  | "MODEL_UNSUPPORTED"
  | "WEIGHTS_MISSING"
  | "WEIGHTS_CORRUPT"
  | "MEMORY_LIMIT"
  | "ABORTED"
  | "ENGINE_UNAVAILABLE"
  | "ENGINE_FAILED"
  | "RESULT_REJECTED"
  | "OUTPUT_FAILED";

/** The most characters of a message: all of ours are shorter, with paths as people have them. */
const MAX_MESSAGE = 2000;
/** The most characters of a name or value in one. */
const MAX_VALUE = 300;

/** An error with a stable {@link ErrorCode}; the message says what was expected, what came and what to do. */
export class NafnetError extends Error {
  /** The kind of error, to branch on: messages may change, codes do not. */
  readonly code: ErrorCode;

  /**
   * @param code the kind of error
   * @param message one line: what was expected, for which name, what came, what to do; past 2000 characters shortened
   * @param cause the error underneath, if there is one
   */
  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(shortened(message, MAX_MESSAGE), cause === undefined ? undefined : { cause });
    this.code = code;
    // The web platform's convention: callers test `error.name === "AbortError"`.
    this.name = code === "ABORTED" ? "AbortError" : "NafnetError";
  }
}

/**
 * The error of a wrong argument or option: `Expected EXPECTED for NAME but received RECEIVED; REMEDY.`
 *
 * @param name the argument's
 * @param expected type and range, e.g. `an integer ≥ 1`
 * @param received the value as text, see {@link quoted}
 * @param remedy the way out, where it does not follow from what was expected
 * @returns an error with the code `INVALID_ARGUMENT`
 */
export function invalidArgument(
  name: string,
  expected: string,
  received: string | number,
  remedy?: string,
): NafnetError {
  const end = remedy === undefined ? "." : `; ${remedy}.`;
  return new NafnetError(
    "INVALID_ARGUMENT",
    `Expected ${expected} for ${name} but received ${received}${end}`,
  );
}

/** A value as messages show it: as JSON, numbers as they are, since JSON has no NaN; long ones shortened. */
export function quoted(value: unknown): string {
  return shortened(typeof value === "number" ? `${value}` : (json(value) ?? String(value)));
}

/** @returns undefined for what JSON does not have: functions, symbols, big integers, circles */
function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return typeof value === "bigint" ? undefined : Object.prototype.toString.call(value);
  }
}

/** The one-line text of anything that was thrown; system errors have the path in it, whatever its length. */
export function messageOf(error: unknown): string {
  return shortened(error instanceof Error ? error.message : String(error), MAX_MESSAGE / 2);
}

/**
 * A text for a message, which has its start and its end where it is too long: a file's bytes that were given for its
 * path would fill the screen, and the log.
 *
 * @param most characters
 */
export function shortened(text: string, most: number = MAX_VALUE): string {
  if (text.length <= most) return text;
  const kept = Math.floor(most / 2);
  const left = text.length - 2 * kept;
  return `${text.slice(0, kept)}…(${left} characters)…${text.slice(-kept)}`;
}
