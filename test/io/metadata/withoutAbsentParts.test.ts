/** XMP that tells of parts of a file which a result does not have, as cameras and programs write it. */

import { describe, expect, it } from "vitest";
import { withoutAbsentParts } from "../../../src/io/metadata/withoutAbsentParts.ts";

const packet = (namespaces: string, attributes: string, content = ""): string =>
  '<?xpacket begin="\u{feff}" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">\n' +
  ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n' +
  `  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"${namespaces} dc:format='image/jpeg'${attributes}>\n` +
  `   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Grüße &gt; "alles"</rdf:li></rdf:Alt></dc:title>${content}\n` +
  "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta><!-- <a> --><?xpacket end='w'?>   \n";

function cut(text: string) {
  const { xmp, absent } = withoutAbsentParts(Buffer.from(text));
  return { text: Buffer.from(xmp).toString(), absent: [...absent].sort() };
}

const camera = (prefix: string) => ` xmlns:${prefix}="http://ns.google.com/photos/1.0/camera/"`;
const hdr = (prefix: string) => ` xmlns:${prefix}="http://ns.adobe.com/hdr-gain-map/1.0/"`;
const container =
  ' xmlns:C="http://ns.google.com/photos/1.0/container/"' +
  ' xmlns:I="http://ns.google.com/photos/1.0/container/item/"';
const directory = (...items: string[]): string =>
  `<C:Directory><rdf:Seq>${items.join("")}</rdf:Seq></C:Directory>`;
const item = (semantic: string, rest = ""): string =>
  `<rdf:li rdf:parseType="Resource"><C:Item I:Mime="image/jpeg" I:Semantic="${semantic}"${rest}/></rdf:li>`;

describe("withoutAbsentParts", () => {
  it.each(["GCamera", "Camera", "ns1"])("takes out a motion photo's attributes of %s", (prefix) => {
    const of = (names: string[]) => names.map((name) => ` ${prefix}:${name}='1'`).join("");
    const kept = of(["HdrPlusMakernote"]);
    const video = of(["MotionPhoto", "MotionPhotoVersion", "MicroVideo", "MicroVideoOffset"]);
    expect(cut(packet(camera(prefix), video + kept))).toEqual({
      text: packet(camera(prefix), kept),
      absent: ["video"],
    });
  });

  it("takes out properties that are elements, with what is in them", () => {
    const elements =
      "<g:MotionPhoto>1</g:MotionPhoto><g:MotionPhotoVersion >1</g:MotionPhotoVersion >" +
      "<g:MicroVideo/><h:Version>1.0</h:Version>" +
      "<h:GainMapMax><rdf:Seq><rdf:li>1</rdf:li><rdf:li>2</rdf:li></rdf:Seq></h:GainMapMax>";
    const namespaces = camera("g") + hdr("h");
    expect(cut(packet(namespaces, "", `<dc:source>a</dc:source>${elements}<dc:type/>`))).toEqual({
      text: packet(namespaces, "", "<dc:source>a</dc:source><dc:type/>"),
      absent: ["gain map", "video"],
    });
  });

  it("takes out a directory's items but that of the picture, however they are written", () => {
    const primary = item("Primary");
    const others = [
      item("GainMap", ' I:Length="858"'),
      item("MotionPhoto", " I:Padding='0'"),
      '<rdf:li><C:Item rdf:parseType="Resource"><I:Mime>image/jpeg</I:Mime><I:Semantic> GainMap </I:Semantic></C:Item></rdf:li>',
      '<rdf:li><rdf:Description I:Semantic="Depth"/></rdf:li>',
      '<rdf:li I:Semantic="Original"/>',
    ];
    const { text, absent } = cut(packet(container, "", directory(primary, ...others)));
    expect(text).toBe(packet(container, "", directory(primary)));
    expect(absent).toEqual(["further pictures", "gain map", "video"]);
    expect(cut(packet(container, "", directory(primary)))).toEqual({
      text: packet(container, "", directory(primary)),
      absent: [],
    });
  });

  it("goes by namespaces, not by prefixes", () => {
    const other = ' xmlns:GCamera="http://example.com/" GCamera:MotionPhoto="1"';
    expect(cut(packet(other, "")).text).toBe(packet(other, ""));
    // The inner declaration holds within its element only.
    const inner = `<a GCamera:MotionPhoto="2"${camera("GCamera")}></a><b GCamera:MotionPhoto="3"/>`;
    expect(cut(packet(other, "", inner)).text).toBe(
      packet(other, "", `<a${camera("GCamera")}></a><b GCamera:MotionPhoto="3"/>`),
    );
    const unprefixed = '<Version xmlns="http://ns.adobe.com/hdr-gain-map/1.0/">1</Version>';
    expect(cut(packet("", "", unprefixed)).text).toBe(packet("", ""));
  });

  it("takes out the pointer to extended XMP, and what describes data that are there", () => {
    const note = ' xmlns:xmpNote="http://ns.adobe.com/xmp/note/"';
    expect(cut(packet(note, ' xmpNote:HasExtendedXMP="0123456789ABCDEF"'))).toEqual({
      text: packet(note, ""),
      absent: ["extension"],
    });
    const depth = ' xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/"';
    const described = ' GDepth:Mime="image/png" GDepth:Near="1.5"';
    expect(cut(packet(depth, described)).text).toBe(packet(depth, ""));
    const withData = packet(depth, `${described} GDepth:Data="iVBORw0KGgo="`);
    expect(cut(withData)).toEqual({ text: withData, absent: [] });
  });

  it("knows other makers' names", () => {
    const apple = ' xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/"';
    expect(cut(packet(apple, ' HDRGainMap:HDRGainMapVersion="65536"'))).toEqual({
      text: packet(apple, ""),
      absent: ["gain map"],
    });
    const oppo = ' xmlns:O="http://ns.oplus.com/photos/1.0/camera/"';
    expect(cut(packet(oppo, ' O:OLivePhotoVersion="2" O:VideoLength="9" O:Other="1"'))).toEqual({
      text: packet(oppo, ' O:Other="1"'),
      absent: ["video"],
    });
    const dynamicDepth = ' xmlns:I="http://ns.google.com/photos/dd/1.0/item/"';
    const uri = (value: string) => `<rdf:li I:Mime="image/jpeg" I:DataURI="${value}"/>`;
    const items = (...uris: string[]) => `<C><rdf:Seq>${uris.map(uri).join("")}</rdf:Seq></C>`;
    expect(cut(packet(dynamicDepth, "", items("primary_image", "android/depthmap"))).text).toBe(
      packet(dynamicDepth, "", items("primary_image")),
    );
  });

  it("leaves alone what is no XML, and what comes after it", () => {
    for (const text of [
      "",
      "<",
      "<a",
      "<a b",
      "<a b='",
      "<!-- ",
      "<![CDATA[",
      "<?x",
      "a < b > c",
      "</a>",
    ]) {
      expect(cut(text).text).toBe(text);
      const whole = packet(camera("g"), "") + text;
      expect(cut(whole).text).toBe(whole);
    }
    // Attributes can be taken out where elements do not end.
    const open = `<a${camera("g")}><b g:MotionPhoto="1"><g:MicroVideo>1</c>`;
    expect(cut(open).text).toBe(`<a${camera("g")}><b><g:MicroVideo>1</c>`);
  });

  it("takes no long time for a hostile packet", () => {
    const size = 2 ** 20;
    const start = performance.now();
    for (const unit of [
      "<",
      "<a",
      "<a ",
      "<a x='",
      "<a x=\"'",
      "<!--",
      "<?",
      "<a>",
      " ",
      "<a b='c'",
      "x=''",
    ]) {
      cut(unit.repeat(size / unit.length));
      cut(`<a${" ".repeat(size)}${unit}`);
      cut(
        `<rdf:li xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">${unit.repeat(size / unit.length)}`,
      );
    }
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
