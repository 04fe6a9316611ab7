import { quoteName } from "../../base/untrustedNames.ts";
import { corruptCheckpoint } from "./checkpointErrors.ts";

/**
 * Refuses JSON that `JSON.parse` takes and a careful reader does not: values nested deeper than `maxDepth`, which
 * cost memory many times the text's, and keys that an object has twice, of which the last would win unseen.
 * All else that is wrong is left to `JSON.parse`.
 *
 * @throws NafnetError CHECKPOINT_CORRUPT
 */
export function checkJsonKeys(text: string, maxDepth: number): void {
  /** Keys of each open object, made with the first one: lists have none, and may be millions. */
  const open: Array<Set<string> | undefined> = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    at += 1;
    if (character === "{" || character === "[") {
      open.push(undefined);
      if (open.length > maxDepth) {
        throw corruptCheckpoint(`Expected JSON at most ${maxDepth} levels deep in the header.`);
      }
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const end = endOfText(text, at);
      const innermost = open.length - 1;
      if (innermost >= 0 && isFollowedByColon(text, end)) {
        open[innermost] = withKey(open[innermost] ?? new Set(), text.slice(at - 1, end));
      }
      at = end;
    }
  }
}

/** The character behind the quotation mark that ends a text. */
function endOfText(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? "")) at += 1;
  return text[at] === ":";
}

function withKey(keys: Set<string>, literal: string): Set<string> {
  // "w" and "\u0077" are the same key. What is no text at all, JSON.parse refuses afterwards.
  const key = literal.includes("\\") ? unescaped(literal) : literal.slice(1, -1);
  if (keys.has(key)) throw corruptCheckpoint(`The header has the key ${quoteName(key)} twice.`);
  return keys.add(key);
}

function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw corruptCheckpoint(
      "Expected JSON in the header: the file is damaged. Get it again.",
      error,
    );
  }
}
