/**
 * The tags of an XML text with their places, so that some can be cut out and all else stays byte for byte, which a
 * parser that gives a tree does not allow. Each character is looked at a bounded number of times.
 */

/** A tag: the start of an element, its end, or an element without contents. */
export interface XmlTag {
  readonly kind: "start" | "end" | "empty";
  /** With its prefix. */
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  /** Offsets of `<` and of the character after `>`. */
  readonly start: number;
  readonly end: number;
}

/** An attribute, or the declaration of a namespace. */
interface XmlAttribute {
  readonly name: string;
  /** As it is written: entities are not replaced. */
  readonly value: string;
  /** Offsets of the space before it and of the character after its value. */
  readonly start: number;
  readonly end: number;
}

/** What begins with `<` and is no tag: its beginning and its end. */
const OTHERS = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
  ["<!", ">"],
] as const;

/** Finds tags one after the other, up to the end or to where the text is no XML. */
export function* xmlTags(text: string): Generator<XmlTag> {
  for (let start = text.indexOf("<"); start >= 0; ) {
    const other = OTHERS.find(([beginning]) => text.startsWith(beginning, start));
    let end: number;
    if (other === undefined) {
      const tag = tagAt(text, start);
      if (tag === undefined) return;
      yield tag;
      end = tag.end;
    } else {
      const [beginning, ending] = other;
      const at = text.indexOf(ending, start + beginning.length);
      if (at < 0) return;
      end = at + ending.length;
    }
    start = text.indexOf("<", end);
  }
}

function tagAt(text: string, start: number): XmlTag | undefined {
  const named = match(/<(\/?)([^\s/<>"'=]+)/y, text, start);
  if (named === undefined) return undefined;
  const [whole, slash, name = ""] = named;
  const attributes: XmlAttribute[] = [];
  let at = start + whole.length;
  for (;;) {
    const attribute = match(/\s*([^\s/<>"'=]+)\s*=\s*(["'])/y, text, at);
    if (attribute === undefined) break;
    const [before, attributeName = "", quote = ""] = attribute;
    const from = at + before.length;
    const to = text.indexOf(quote, from);
    if (to < 0) return undefined;
    attributes.push({ name: attributeName, value: text.slice(from, to), start: at, end: to + 1 });
    at = to + 1;
  }
  const closing = match(/\s*(\/?)>/y, text, at);
  if (closing === undefined) return undefined;
  const kind = slash === "/" ? "end" : closing[1] === "/" ? "empty" : "start";
  return { kind, name, attributes, start, end: at + closing[0].length };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
