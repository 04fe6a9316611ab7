import { type AbsentPart, absentItem, absentPart, describesData } from "./absentParts.ts";
import { type XmlTag, xmlTags } from "./xmlTags.ts";

/** A packet, and what its file had besides the picture. */
interface TruePacket {
  /** The same array where nothing was left out. */
  readonly xmp: Uint8Array;
  readonly absent: ReadonlySet<AbsentPart>;
}

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/** A part of the text. */
type Range = readonly [start: number, end: number];

/** An element that has begun. */
interface OpenElement {
  readonly name: string;
  readonly namespace: string;
  readonly localName: string;
  readonly start: number;
  /** Offset of its contents. */
  readonly contents: number;
  /** Prefixes that it declares. */
  readonly prefixes: readonly string[];
}

/** An item of a list; `part` is what it stands for, if the result does not have it. */
interface ListItem {
  readonly element: OpenElement;
  part: AbsentPart | undefined;
}

/**
 * Leaves out the properties, be they attributes or elements, that tell of parts of the file which a result does not
 * have, and their items in the file's directory. All else stays byte for byte.
 *
 * @param xmp the packet, UTF-8; not changed. What is no XML from some place on is left as it is from there
 */
export function withoutAbsentParts(xmp: Uint8Array): TruePacket {
  const text = Buffer.from(xmp.buffer, xmp.byteOffset, xmp.byteLength).toString("latin1");
  const finder = new AbsentPartFinder(text);
  for (const tag of xmlTags(text)) finder.read(tag);
  const ranges = finder.ranges();
  if (ranges.length === 0) return { xmp, absent: finder.absent };
  let kept = "";
  let from = 0;
  for (const [start, end] of ranges) {
    if (start > from) kept += text.slice(from, start);
    from = Math.max(from, end); // one may be within the one before
  }
  kept += text.slice(from);
  return { xmp: new Uint8Array(Buffer.from(kept, "latin1")), absent: finder.absent };
}

/** Follows a packet's tags and collects what is to be left out. */
class AbsentPartFinder {
  readonly absent = new Set<AbsentPart>();
  private readonly text: string;
  private readonly found: Range[] = [];
  /** By namespace; see `describesData`. */
  private readonly descriptions = new Map<string, Range[]>();
  private readonly withData = new Set<string>();
  private readonly open: OpenElement[] = [];
  private readonly items: ListItem[] = [];
  /** Namespaces by their prefix, the innermost declaration last. */
  private readonly namespaces = new Map<string, string[]>();

  constructor(text: string) {
    this.text = text;
  }

  read(tag: XmlTag): void {
    if (tag.kind === "end") {
      // Any other is damage, after which no element is known to be whole.
      if (this.open.at(-1)?.name === tag.name) this.endElement(tag);
      return;
    }
    this.startElement(tag);
    if (tag.kind === "empty") this.endElement(tag);
  }

  /** In the text's order. */
  ranges(): Range[] {
    const useless = [...this.descriptions].filter(([namespace]) => !this.withData.has(namespace));
    if (useless.length > 0) this.absent.add("extension");
    const all = [...this.found, ...useless.flatMap(([, ranges]) => ranges)];
    return all.sort(([a], [b]) => a - b);
  }

  private startElement({ name, attributes, start, end }: XmlTag): void {
    const prefixes: string[] = [];
    for (const attribute of attributes) {
      const prefix = /^xmlns(?::(.*))?$/.exec(attribute.name);
      if (prefix === null) continue;
      prefixes.push(prefix[1] ?? "");
      this.declarations(prefix[1] ?? "").push(attribute.value);
    }
    const [namespace, localName] = this.resolve(name, "");
    const element = { name, namespace, localName, start, contents: end, prefixes };
    this.open.push(element);
    if (namespace === RDF && localName === "li") this.items.push({ element, part: undefined });
    for (const { name, value, start, end } of attributes) {
      const [namespace, localName] = this.resolve(name, undefined);
      this.property(namespace, localName, value, [start, end]);
    }
  }

  private endElement({ kind, start, end }: XmlTag): void {
    const element = this.open.pop();
    if (element === undefined) return;
    const { namespace, localName } = element;
    const value = kind === "empty" ? "" : this.text.slice(element.contents, start);
    this.property(namespace, localName, value, [element.start, end]);
    const item = this.items.at(-1);
    if (item?.element === element) {
      this.items.pop();
      if (item.part !== undefined) this.leaveOut(item.part, [element.start, end]);
    }
    for (const prefix of element.prefixes) this.declarations(prefix).pop();
  }

  private property(namespace: string, name: string, value: string, range: Range): void {
    if (namespace === "") return;
    const part = absentPart(namespace, name);
    if (part !== undefined) this.leaveOut(part, range);
    if (describesData(namespace)) {
      if (name === "Data") this.withData.add(namespace);
      const ranges = this.descriptions.get(namespace) ?? [];
      ranges.push(range);
      this.descriptions.set(namespace, ranges);
    }
    const item = this.items.at(-1);
    if (item !== undefined) item.part ??= absentItem(namespace, name, value);
  }

  private leaveOut(part: AbsentPart, range: Range): void {
    this.absent.add(part);
    this.found.push(range);
  }

  /** @param unprefixed the prefix that names without one have: attributes are in no namespace then */
  private resolve(name: string, unprefixed: string | undefined): [namespace: string, name: string] {
    const colon = name.indexOf(":");
    const prefix = colon < 0 ? unprefixed : name.slice(0, colon);
    const namespace = prefix === undefined ? undefined : this.namespaces.get(prefix)?.at(-1);
    return [namespace ?? "", name.slice(colon + 1)];
  }

  private declarations(prefix: string): string[] {
    const known = this.namespaces.get(prefix) ?? [];
    this.namespaces.set(prefix, known);
    return known;
  }
}
