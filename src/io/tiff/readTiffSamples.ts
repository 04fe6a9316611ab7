/**
 * What the samples of a TIFF's pixels are.
 */
import { type TiffDirectory, tagValue } from "./readTiffDirectories.ts";
import { COMPRESSION, PHOTOMETRIC, TAG } from "./tiffTags.ts";

/** The samples of a TIFF's pixels. */
export interface TiffSamples {
  /** Why they are not read, for a message: "CIELab colours", "12 bits a sample". */
  readonly unread: string | undefined;
  /** What the channel after the colours is: transparency, or something that the file does not tell. */
  readonly extra: "none" | "alpha" | "unspecified";
}

/** Channels of the colours that are read. */
const COLOURS: Readonly<Record<number, number>> = {
  [PHOTOMETRIC.whiteIsZero]: 1,
  [PHOTOMETRIC.blackIsZero]: 1,
  [PHOTOMETRIC.rgb]: 3,
  [PHOTOMETRIC.palette]: 1,
  [PHOTOMETRIC.separated]: 4,
  [PHOTOMETRIC.yCbCr]: 3,
};

const OTHER_COLOURS: Readonly<Record<number, string>> = {
  [PHOTOMETRIC.mask]: "a transparency mask as its only picture",
  [PHOTOMETRIC.cieLab]: "CIELab colours",
  [PHOTOMETRIC.iccLab]: "ICCLab colours",
  [PHOTOMETRIC.ituLab]: "ITULab colours",
  [PHOTOMETRIC.logL]: "LogL samples",
  [PHOTOMETRIC.logLuv]: "LogLuv colours",
};

/** Values of SampleFormat: unsigned is what a file means that has none, "undefined" what is read as that. */
const UNSIGNED = 1;
const UNDEFINED = 4;
const OTHER_SAMPLES: Readonly<Record<number, string>> = {
  2: "signed integer",
  3: "float",
  5: "complex integer",
  6: "complex float",
};

/** The PlanarConfiguration of a file that has one channel after the other. */
const SEPARATE = 2;
const CMYK = 1;
/** Values of ExtraSamples for transparency: premultiplied, by which libvips divides, and straight. */
const ALPHA: readonly number[] = [1, 2];
/** Bits of samples that share a byte. */
const SMALL_BITS: readonly number[] = [1, 2, 4];

/** Reads what the samples of a directory's pixels are. */
export function readTiffSamples(directory: TiffDirectory): TiffSamples {
  const photometric = tagValue(directory, TAG.photometric, undefined);
  if (photometric === undefined) return { unread: undefined, extra: "none" }; // libvips says that it is damaged
  const samples = tagValue(directory, TAG.samplesPerPixel, 1);
  const colours = COLOURS[photometric];
  if (colours === undefined) {
    const name = OTHER_COLOURS[photometric] ?? `PhotometricInterpretation ${photometric}`;
    return { unread: name, extra: "none" };
  }
  const extras = Math.max(0, samples - colours);
  const declared = tagValue(directory, TAG.extraSamples, 0);
  const unread =
    (photometric === PHOTOMETRIC.separated ? otherInks(directory, samples) : undefined) ??
    (photometric === PHOTOMETRIC.yCbCr ? otherYCbCr(directory, extras) : undefined) ??
    otherSamples(directory) ??
    otherBits(directory, photometric, samples) ??
    otherPlanes(directory, photometric, samples) ??
    otherExtras(directory, extras);
  return {
    unread,
    extra: extras === 0 ? "none" : ALPHA.includes(declared) ? "alpha" : "unspecified",
  };
}

function otherInks(directory: TiffDirectory, samples: number): string | undefined {
  const isCmyk = tagValue(directory, TAG.inkSet, CMYK) === CMYK && samples >= 4;
  return isCmyk ? undefined : `${samples} channels of inks that are not CMYK`;
}

/** YCbCr that libvips does not convert: it takes what is neither JPEG nor subsampled for RGB. */
function otherYCbCr(directory: TiffDirectory, extras: number): string | undefined {
  if (extras > 0) return "a channel beside YCbCr colours";
  const isJpeg = tagValue(directory, TAG.compression, COMPRESSION.none) === COMPRESSION.jpeg;
  const subsampling = directory.values.get(TAG.yCbCrSubSampling) ?? [2, 2];
  if (isJpeg || subsampling.some((pixels) => pixels > 1)) return undefined;
  return "YCbCr colours that are neither JPEG nor subsampled";
}

function otherSamples(directory: TiffDirectory): string | undefined {
  const format = tagValue(directory, TAG.sampleFormat, UNSIGNED);
  if (format === UNSIGNED || format === UNDEFINED) return undefined;
  return `samples of type ${OTHER_SAMPLES[format] ?? format}`;
}

function otherBits(
  { values }: TiffDirectory,
  photometric: number,
  samples: number,
): string | undefined {
  const bits = [...new Set((values.get(TAG.bitsPerSample) ?? [1]).slice(0, samples))];
  if (bits.length > 1) return `channels of ${bits.join(" and ")} bits`;
  const [each = 1] = bits;
  const isPalette = photometric === PHOTOMETRIC.palette;
  const isRead =
    each === 8 || (each === 16 && !isPalette) || (samples === 1 && SMALL_BITS.includes(each));
  if (isRead) return undefined;
  return isPalette ? `a palette of ${each} bits` : `${each} bits a sample`;
}

/** Separate planes that libvips does not read: tiled ones; and two, of which it mixes the rows up, without a word. */
function otherPlanes(
  directory: TiffDirectory,
  photometric: number,
  samples: number,
): string | undefined {
  if (samples < 2 || tagValue(directory, TAG.planarConfiguration, 1) !== SEPARATE) return undefined;
  if (directory.values.has(TAG.tileWidth)) return "separate planes in tiles";
  return samples === 2 || photometric === PHOTOMETRIC.yCbCr ? "separate planes" : undefined;
}

function otherExtras({ values }: TiffDirectory, extras: number): string | undefined {
  if (extras > 1) return `${extras} channels beside its colours`;
  // libtiff only warns of it, but to sharp its warnings are damage, and rightly: of others a part is lost.
  const isDeclared = extras === 0 || values.has(TAG.extraSamples);
  return isDeclared ? undefined : "a channel beside its colours that ExtraSamples does not declare";
}
