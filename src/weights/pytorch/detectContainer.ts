/** A checkpoint's file format by its first bytes; for other files, the format that they look like. */

import { JPEG_SIGNATURE } from "../../io/jpeg/markers.ts";
import { PNG_SIGNATURE } from "../../io/png/pngLayout.ts";
import { corruptCheckpoint, unsupportedCheckpoint } from "./checkpointErrors.ts";
import { isLegacy } from "./openLegacy.ts";
import { isSafetensors } from "./openSafetensors.ts";

const PLAIN_PICKLE = 0x80; // PROTO, with which every binary pickle begins
const HEAD_BYTES = 512;

/** Signatures of other formats, as Latin-1 text at an offset. */
const FOREIGN_SIGNATURES: readonly (readonly [text: string, offset: number, format: string])[] = [
  ["version https://git-lfs", 0, "a git-lfs pointer: run `git lfs pull` to get the file itself"],
  ["\x89HDF\r\n\x1a\n", 0, "an HDF5 file (Keras)"],
  ["GGUF", 0, "a GGUF file"],
  ["TFL3", 4, "a TensorFlow Lite model"],
  ["\x93NUMPY", 0, "a NumPy array"],
  [PNG_SIGNATURE, 0, "a PNG picture"],
  [`${JPEG_SIGNATURE}\xff`, 0, "a JPEG picture"],
  ["GIF8", 0, "a GIF picture"],
  ["WEBP", 8, "a WebP picture"],
  ["BM", 0, "a BMP picture"],
  ["%PDF", 0, "a PDF document"],
  ["\x1f\x8b", 0, "a gzip archive: unpack it first"],
  ["BZh", 0, "a bzip2 archive: unpack it first"],
  ["\xfd7zXZ\0", 0, "an xz archive: unpack it first"],
  ["\x28\xb5\x2f\xfd", 0, "a zstd archive: unpack it first"],
  ["7z\xbc\xaf\x27\x1c", 0, "a 7z archive: unpack it first"],
  ["Rar!", 0, "a RAR archive: unpack it first"],
];

/**
 * Tells PyTorch's two file formats and safetensors apart.
 *
 * @throws NafnetError CHECKPOINT_CORRUPT for an empty file, CHECKPOINT_UNSUPPORTED for another format
 */
export function detectContainer(file: Buffer): "zip" | "legacy" | "safetensors" {
  if (file.length === 0)
    throw corruptCheckpoint("Expected a PyTorch checkpoint, but the file is empty.");
  const head = file.subarray(0, HEAD_BYTES).toString("latin1");
  if (head.startsWith("PK\x03\x04") || head.startsWith("PK\x05\x06")) return "zip";
  if (isLegacy(file)) return "legacy";
  if (isSafetensors(file)) return "safetensors";
  throw unsupportedCheckpoint(
    `Expected a PyTorch checkpoint written by torch.save or a safetensors file, but this looks like ${looksLike(file, head)}.`,
  );
}

function looksLike(file: Buffer, head: string): string {
  const known = FOREIGN_SIGNATURES.find(([text, offset]) => head.startsWith(text, offset));
  if (known !== undefined) return known[2];
  if (file[0] === PLAIN_PICKLE) {
    return "a Python pickle that torch.save did not write, or that was cut off at its beginning";
  }
  if (head.startsWith("ustar", 257)) {
    return head.startsWith("sys_info") || head.startsWith("pickle") || head.startsWith("storages")
      ? "the tar format of PyTorch before 0.1.10: load it with PyTorch and save it again"
      : "a tar archive: unpack it first";
  }
  if (/^\s*(?:<!doctype html|<html|<\?xml)/i.test(head)) {
    return "a web page: the download probably failed or wants a login";
  }
  if (/^\s*[[{]/.test(head)) return "a JSON file";
  if (looksLikeOnnx(file)) return "an ONNX model";
  const hex = file
    .subarray(0, 8)
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");
  return `something else (its first bytes are ${hex})`;
}

/** Tells ONNX: a protobuf whose first field is a small version number, then the producer's name or nothing. */
function looksLikeOnnx(file: Buffer): boolean {
  const [tag, version = 0, next] = file;
  return tag === 0x08 && version >= 1 && version <= 32 && (next === 0x12 || next === 0x3a);
}
