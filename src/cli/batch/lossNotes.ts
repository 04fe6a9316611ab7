import { holds16Bits, type OutputFormat } from "../../io/formats.ts";
import type { RestoredImage } from "../../restoration/RestoredImage.ts";

/**
 * Sentences about the parts of a picture that the format written has no place for.
 *
 * @param bits asked for; undefined: as many as the picture and the format have
 */
export function lossNotes(
  { channels, bitDepth }: Pick<RestoredImage, "channels" | "bitDepth">,
  format: OutputFormat,
  bits: 8 | 16 | undefined,
): string[] {
  const notes: string[] = [];
  if (channels % 2 === 0 && format === "jpeg") {
    notes.push("JPEG has no alpha: what was transparent is white.");
  }
  if (bitDepth === 16 && bits === undefined && !holds16Bits(format)) {
    notes.push(`The picture's 16 bits per channel are 8, as ${format} has no more.`);
  }
  return notes;
}
