/** Names from an untrusted file, made fit for messages. */

const MAX_NAME_LENGTH = 100; // characters: a name from the file must not flood a terminal
const MAX_NAMES = 12;

/** A name from the file: quoted, control characters escaped, cut when it is long. */
export function quoteName(name: string): string {
  const cut = name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
  // JSON leaves DEL, C1 controls and the bidirectional marks as they are; a terminal would obey them.
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The first twelve texts, joined by commas, and the number of the others. */
export function listNames(texts: readonly string[]): string {
  const shown = texts.slice(0, MAX_NAMES).join(", ");
  return texts.length > MAX_NAMES ? `${shown} and ${texts.length - MAX_NAMES} more` : shown;
}
