/**
 * Camera raw, which comes as a TIFF whose first picture is a preview.
 */
import { hasSignature } from "../decoding/hasSignature.ts";
import { type TiffDirectory, tagValue } from "./readTiffDirectories.ts";
import { COMPRESSION, PHOTOMETRIC, TAG } from "./tiffTags.ts";

const RAW_PHOTOMETRICS: readonly number[] = [PHOTOMETRIC.colourFilterArray, PHOTOMETRIC.linearRaw];

/** Compressions that only raw files have, by their makers; the numbers are libtiff's and dcraw's. */
const RAW_COMPRESSIONS: readonly number[] = [
  COMPRESSION.sonyArw,
  COMPRESSION.packedRaw,
  COMPRESSION.samsungSrw,
  COMPRESSION.nikonNef,
  COMPRESSION.dngLossyJpeg,
  COMPRESSION.kodakDcr,
  COMPRESSION.pentaxPef,
];

/** Beginnings, offsets of the first directory included, that only a raw file has: Canon's CR2 and its forerunner. */
const RAW_SIGNATURES: readonly string[] = [
  "II*\0\x10\0\0\0CR\x02\0",
  "MM\0*\0\0\0\x10\xba\xb0\xac\xbb",
];

/** What an IIQ has at this offset, where other files of these makers may have pixels. */
const IIQ_MARK = /^(?:IIII|MMMM)/;
const IIQ_MARK_OFFSET = 8;
const IIQ_MAKE = /^(?:Phase One|Leaf)/;

/**
 * Tells DNG and a camera's raw file (NEF, ARW, PEF, SRW, CR2, IIQ, …) by what its directories hold. Those that
 * are no TIFF by their first bytes, as ORF and RW2, are detectFormat's.
 *
 * @param bytes the whole file or its beginning
 * @param pages its directories
 */
export function isCameraRaw(bytes: Uint8Array, pages: readonly TiffDirectory[]): boolean {
  if (RAW_SIGNATURES.some((signature) => hasSignature(bytes, signature))) return true;
  const mark = Buffer.from(bytes.subarray(IIQ_MARK_OFFSET, IIQ_MARK_OFFSET + 4)).toString("latin1");
  const make = String.fromCharCode(...(pages[0]?.values.get(TAG.make) ?? []));
  return (IIQ_MARK.test(mark) && IIQ_MAKE.test(make)) || pages.some(holdsRaw);
}

function holdsRaw(directory: TiffDirectory): boolean {
  return (
    directory.values.has(TAG.dngVersion) ||
    RAW_PHOTOMETRICS.includes(tagValue(directory, TAG.photometric, -1)) ||
    RAW_COMPRESSIONS.includes(tagValue(directory, TAG.compression, -1)) ||
    directory.children.some(holdsRaw)
  );
}
