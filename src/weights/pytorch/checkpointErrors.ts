/** The errors of this folder, and how names from an untrusted file are put into their messages. */

import { NafnetError } from "../../base/errors.ts";

const LONGEST_QUOTE = 100; // characters: a name from the file must not flood a terminal
const MOST_NAMES = 12;

/** The file contradicts itself or stops early. */
export function corrupt(message: string, cause?: unknown): NafnetError {
  return new NafnetError("CHECKPOINT_CORRUPT", message, cause);
}

/** The pickle asks for something outside the allow-list. */
export function forbidden(message: string): NafnetError {
  return new NafnetError("CHECKPOINT_FORBIDDEN", message);
}

/** A sound file, of a kind that is not read. */
export function unsupported(message: string): NafnetError {
  return new NafnetError("CHECKPOINT_UNSUPPORTED", message);
}

/** A name from the file: quoted, control characters escaped, cut when it is long. */
export function quote(name: string): string {
  const cut = name.length > LONGEST_QUOTE ? `${name.slice(0, LONGEST_QUOTE)}…` : name;
  // JSON leaves DEL, C1 controls and the bidirectional marks as they are; a terminal would obey them.
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** At most twelve of the texts, joined by commas, and how many more there are. */
export function listSome(texts: readonly string[]): string {
  const shown = texts.slice(0, MOST_NAMES).join(", ");
  return texts.length > MOST_NAMES ? `${shown} and ${texts.length - MOST_NAMES} more` : shown;
}
