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

/** The same without quotation marks, for the keys of a state_dict. */
export function plainName(name: string): string {
  return quoteName(name).slice(1, -1);
}

/** The first texts, twelve unless said otherwise, joined by commas, and the number of the others. */
export function listNames(texts: readonly string[], most: number = MAX_NAMES): string {
  const shown = texts.slice(0, most).join(", ");
  return texts.length > most ? `${shown} and ${texts.length - most} more` : shown;
}
