/** `nafnet denoise -`: a picture from standard input, to standard output or a file. */

import { extname } from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { formatFor, type OutputFormat, outputFormat } from "../../io/formats.ts";
import type { AutoRestorer } from "../../restoration/AutoRestorer.ts";
import type { RestoredImage } from "../../restoration/RestoredImage.ts";
import type { Restorer } from "../../restoration/Restorer.ts";
import type { TaskOrAuto } from "../../restoration/tasks.ts";
import { lossNotes } from "../batch/lossNotes.ts";
import { resultWarnings } from "../batch/resultWarnings.ts";
import { EXIT } from "../exit.ts";
import { type RestoreFlags, restoreOptionsOf, saveOptionsOf } from "../flags/RestoreFlags.ts";
import { Interruption } from "../Interruption.ts";
import { openRestorer } from "./openRestorer.ts";

/** The most bytes of a picture, from standard input as from a file: 2 GiB. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Restores the picture that comes from standard input; the format follows it, or the name that --output gives.
 * Standard output has the picture and nothing else.
 *
 * @returns the exit code
 * @throws NafnetError
 */
export async function restoreStream(
  task: TaskOrAuto,
  inputs: readonly string[],
  flags: RestoreFlags,
): Promise<number> {
  const output = flags.output === "-" ? undefined : flags.output;
  checkFlags(inputs, output, flags);
  const interruption = new Interruption();
  const { signal } = interruption;
  let restorer: Restorer | AutoRestorer | undefined;
  try {
    const bytes = await readStandardInput(signal);
    restorer = await openRestorer(task, flags);
    const restored = await restorer.restore(bytes, { ...restoreOptionsOf(flags), signal });
    const format = formatToWrite(restored, output, flags);
    const notes = [...restored.notes, ...lossNotes(restored, format, flags.bits)];
    for (const warning of resultWarnings({ notes, receipt: restored.receipt })) {
      console.error(`nafnet: ${warning}`);
    }
    if (output === undefined) {
      await writeStandardOutput(await encode(restored, format, flags, signal));
    } else {
      await restored.save(output, { ...saveOptionsOf(flags), signal });
    }
    return EXIT.ok;
  } catch (error) {
    if (interruption.exitCode === undefined) throw error;
    console.error("nafnet: interrupted.");
    return interruption.exitCode;
  } finally {
    restorer?.dispose();
    interruption.stop();
  }
}

function checkFlags(
  inputs: readonly string[],
  output: string | undefined,
  flags: RestoreFlags,
): void {
  const refuse = (message: string): never => {
    throw new NafnetError("INVALID_ARGUMENT", message);
  };
  if (inputs.length !== 1 || inputs[0] !== "-") {
    refuse(
      `Expected - alone, for a picture from standard input, but received ${inputs.join(" ")} -o ${flags.output}; a file of that name is ./-.`,
    );
  }
  if (output === undefined && flags.receipt === "file") {
    refuse("Expected a file for --output beside which the receipt can be written.");
  }
  if (output !== undefined && !extname(output)) {
    refuse(`Expected a file for --output, as standard input has no name, but received ${output}.`);
  }
  for (const [flag, given] of [
    ["--suffix", flags.suffix],
    ["--skip-existing", flags.skipExisting],
    ["--json", flags.json],
  ]) {
    if (given !== undefined) refuse(`Expected no ${flag} with a picture from standard input.`);
  }
  if (output === undefined && process.stdout.isTTY) {
    refuse("Expected standard output to lead somewhere but it is a terminal: add > clean.png.");
  }
  if (process.stdin.isTTY) {
    refuse("Expected a picture on standard input but it is a terminal: add < night.png.");
  }
}

async function readStandardInput(signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, process.stdin)) {
    const bytes = chunk as Uint8Array; // no encoding is set
    chunks.push(bytes);
    length += bytes.length;
    if (length > MAX_BYTES) {
      const message = `standard input: more than the limit of ${MAX_BYTES} bytes`;
      throw new NafnetError("INPUT_TOO_LARGE", message);
    }
  }
  if (length === 0) throw new NafnetError("INPUT_CORRUPT", "standard input: empty, 0 bytes");
  return Buffer.concat(chunks);
}

/** The format of --format or --output; else the input's, or PNG for more bits than that has. */
function formatToWrite(
  restored: RestoredImage,
  output: string | undefined,
  { bits, format }: RestoreFlags,
): OutputFormat {
  if (output !== undefined) return format ?? outputFormat(output);
  const inputFormat = restored.format === "heic" ? undefined : restored.format;
  return formatFor(format ?? inputFormat ?? "png", bits);
}

function encode(
  restored: RestoredImage,
  format: OutputFormat,
  { bits, quality, strip, receipt }: RestoreFlags,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const embed = receipt === "embed" ? receipt : undefined;
  return restored.encode(format, { bits, quality, strip, receipt: embed, signal });
}

async function writeStandardOutput(bytes: Uint8Array): Promise<void> {
  try {
    await pipeline(Readable.from([bytes]), process.stdout, { end: false });
  } catch (error) {
    const message = `standard output: could not be written: ${messageOf(error)}`;
    throw new NafnetError("OUTPUT_FAILED", message, error);
  }
}
