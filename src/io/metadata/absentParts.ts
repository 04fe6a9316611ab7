/**
 * The properties of XMP that tell of something else in the picture's file, which a result does not have: a gain map,
 * the video of a motion photo, depth maps, extended XMP.
 *
 * Ultra HDR image format 1.1 and Motion Photo format 1.0 (Android), Dynamic Depth 1.0 (Google), Depthmap metadata
 * (Google), XMP part 3, 1.1.3.1.
 */

/** What is absent. */
export type AbsentPart = "gain map" | "video" | "extension" | "further pictures";

/** The note on what is left out, and the words of a note that says as much. */
export const ABSENT_PARTS: Readonly<
  Record<AbsentPart, { readonly note: string; readonly toldBy: string }>
> = {
  "gain map": {
    note: "A gain map is left out, and the XMP that tells of it.",
    toldBy: "gain map",
  },
  video: {
    note: "The video of a motion photo is left out, and the XMP that tells of it.",
    toldBy: "video",
  },
  extension: {
    note: "Extended XMP, such as a depth map, is left out.",
    toldBy: "extended xmp",
  },
  "further pictures": {
    note: "Further pictures in the file are left out, and the XMP that tells of them.",
    toldBy: "further pictures",
  },
};

/** Properties by their namespace. */
interface Claims {
  readonly namespace: string;
  readonly names: RegExp;
  readonly part: AbsentPart;
}

const CLAIMS: readonly Claims[] = [
  { namespace: "http://ns.adobe.com/hdr-gain-map/1.0/", names: /^/, part: "gain map" },
  { namespace: "http://ns.apple.com/HDRGainMap/1.0/", names: /^/, part: "gain map" },
  {
    namespace: "http://ns.google.com/photos/1.0/camera/",
    names: /^(MotionPhoto|MicroVideo)/,
    part: "video",
  },
  {
    namespace: "http://ns.oplus.com/photos/1.0/camera/",
    names: /^(MotionPhoto|OLivePhoto|VideoLength)/,
    part: "video",
  },
  {
    namespace: "http://ns.xiaomi.com/photos/1.0/camera/",
    names: /^(XMPMeta$|MotionPhoto|MicroVideo)/,
    part: "further pictures",
  },
  { namespace: "http://ns.adobe.com/xmp/note/", names: /^HasExtendedXMP$/, part: "extension" },
];

/** What a property tells of that a result does not have. */
export function absentPart(namespace: string, name: string): AbsentPart | undefined {
  return CLAIMS.find((claims) => claims.namespace === namespace && claims.names.test(name))?.part;
}

/** Namespaces that describe what their property `Data` has, which is in extended XMP unless it is small. */
const DESCRIBES_DATA: readonly string[] = ["depthmap", "image", "audio"].map(
  (name) => `http://ns.google.com/photos/1.0/${name}/`,
);

/** Whether a namespace's properties are of no use without the one called `Data`. */
export function describesData(namespace: string): boolean {
  return DESCRIBES_DATA.includes(namespace);
}

/** The properties that tell what an item of a directory of the file's parts is, and their value for the picture. */
const ITEM_KINDS: readonly (readonly [namespace: string, name: string, primary: string])[] = [
  ["http://ns.google.com/photos/1.0/container/item/", "Semantic", "Primary"],
  ["http://ns.google.com/photos/dd/1.0/item/", "DataURI", "primary_image"],
];

/** What an item of the file's directory is, by one of its properties; undefined for the picture itself. */
export function absentItem(namespace: string, name: string, value: string): AbsentPart | undefined {
  const kind = ITEM_KINDS.find((kind) => kind[0] === namespace && kind[1] === name);
  if (kind === undefined || value.trim() === kind[2]) return undefined;
  if (/gain_?map/i.test(value)) return "gain map";
  return /motion|video/i.test(value) ? "video" : "further pictures";
}
