/**
 * The tags of a TIFF's directory that tell what kind of picture it holds, and their values.
 * TIFF 6.0; its technical notes; DNG 1.7, chapter 4; the compressions that libtiff's tiff.h lists.
 */

export const TAG = {
  newSubfileType: 254,
  /** Its forerunner, of TIFF 5. */
  subfileType: 255,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  make: 271,
  samplesPerPixel: 277,
  planarConfiguration: 284,
  tileWidth: 322,
  subDirectories: 330,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
  yCbCrSubSampling: 530,
  dngVersion: 50706,
} as const;

export const PHOTOMETRIC = {
  whiteIsZero: 0,
  blackIsZero: 1,
  rgb: 2,
  palette: 3,
  mask: 4,
  separated: 5,
  yCbCr: 6,
  cieLab: 8,
  iccLab: 9,
  ituLab: 10,
  colourFilterArray: 32803,
  logL: 32844,
  logLuv: 32845,
  linearRaw: 34892,
} as const;

export const COMPRESSION = {
  none: 1,
  ccittRle: 2,
  ccittGroup3: 3,
  ccittGroup4: 4,
  lzw: 5,
  oldJpeg: 6,
  jpeg: 7,
  deflate: 8,
  sonyArw: 32767,
  packedRaw: 32769,
  samsungSrw: 32770,
  packBits: 32773,
  oldDeflate: 32946,
  jpeg2000: 34712,
  nikonNef: 34713,
  lerc: 34887,
  dngLossyJpeg: 34892,
  lzma: 34925,
  zstd: 50000,
  webp: 50001,
  jpegXl: 50002,
  kodakDcr: 65000,
  pentaxPef: 65535,
} as const;
