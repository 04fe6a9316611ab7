/** The place and name of each result. */

import { stat } from "node:fs/promises";
import { dirname, extname, join, parse, resolve } from "node:path";
import { invalidArgument, NafnetError, quoted } from "../../base/errors.ts";
import {
  extensionOf,
  formatFor,
  holds16Bits,
  outputFormatOf,
  type PictureFormat,
  writtenExtensions,
} from "../../io/formats.ts";
import type { TaskOrAuto } from "../../restoration/tasks.ts";
import type { RestoreFlags } from "../flags/RestoreFlags.ts";
import type { FoundFile, Inputs } from "./findInputs.ts";
import type { Job } from "./Job.ts";
import { resultSuffix } from "./resultSuffix.ts";

/** The flags that decide on the names of results. */
export type OutputFlags = Pick<RestoreFlags, "output" | "bits" | "format" | "suffix">;

/** The place of the results: beside the inputs, in a folder, or one file. */
export type Target =
  | { readonly kind: "beside" }
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "file"; readonly file: string };

/**
 * The target that --output stands for. What is there decides; otherwise a name with an extension is a file.
 *
 * @throws NafnetError `INVALID_ARGUMENT` for a file where there is more than one picture
 */
export async function chooseTarget(
  { found, failures }: Pick<Inputs, "found" | "failures">,
  output: string | undefined,
): Promise<Target> {
  if (output === undefined) return { kind: "beside" };
  const existing = await stat(output).catch(() => undefined);
  const isFolder = existing?.isDirectory() ?? /[/\\]$/.test(output);
  if (isFolder || !extname(output)) return { kind: "folder", folder: output };
  if (found.length + failures.length > 1 || found.some(({ by }) => by !== "name")) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected a folder for --output, as there is more than one picture, but received the file ${output}.`,
    );
  }
  return { kind: "file", file: output };
}

/** @throws NafnetError `INVALID_ARGUMENT` for a suffix that leads into another folder */
export function checkSuffix(suffix: string | undefined): void {
  if (suffix === undefined || !/[/\\\0]/.test(suffix)) return;
  const received = quoted(suffix);
  throw invalidArgument("--suffix", "text without slashes", received, "folders go to --output");
}

/** A result's place. */
export interface OutputPath extends Pick<Job, "output" | "root"> {
  /** The place if `output` is another picture's, too, of one whose name does not tell its format. */
  readonly otherwise?: string;
}

/**
 * The result's path and its root. The pictures of a folder or a pattern keep their names and places in the
 * output folder. Without --output a folder's go to `FOLDER-denoised`, each other one to `NAME-denoised` beside it.
 *
 * @param format of the picture's bytes, if it is known
 * @throws NafnetError `INVALID_ARGUMENT` where the file that --output names cannot be what the flags ask for
 */
export function outputPath(
  { path, by, base, relativePath }: FoundFile,
  target: Target,
  task: TaskOrAuto,
  flags: OutputFlags,
  format: PictureFormat | undefined,
): OutputPath {
  const { suffix = `-${resultSuffix(task)}` } = flags;
  switch (target.kind) {
    case "file":
      checkFile(target.file, flags);
      return { output: target.file, root: dirname(target.file) };
    case "folder": {
      const root = target.folder;
      const name = addSuffix(relativePath, flags.suffix ?? "");
      return { ...withWritableExtension(join(root, name), flags, format), root };
    }
    case "beside": {
      if (by === "folder") {
        const root = `${resolve(base)}${suffix}`;
        return { ...withWritableExtension(join(root, relativePath), flags, format), root };
      }
      const beside = withWritableExtension(addSuffix(path, suffix), flags, format);
      return { ...beside, root: dirname(path) };
    }
    default:
      return target satisfies never;
  }
}

/** A file that --output names keeps its name, so the format and bits that are asked for have to go with it. */
function checkFile(
  file: string,
  { bits, format = outputFormatOf(file), suffix }: OutputFlags,
): void {
  if (suffix !== undefined) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected no --suffix for a result that --output names, ${file}.`,
    );
  }
  if (format === undefined) {
    throw invalidArgument("--output", `a folder or a file in ${writtenExtensions()}`, file);
  }
  if (bits === 16 && !holds16Bits(format)) {
    throw invalidArgument("--bits 16", "a .png or .tif output", file);
  }
}

function addSuffix(path: string, suffix: string): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}${suffix}${ext}`);
}

/**
 * The path with an extension of the format that is written: the picture's own where it is one. `photo.jpg` that is a PNG
 * becomes `photo.png`, or otherwise `photo.jpg.png`.
 */
function withWritableExtension(
  path: string,
  { bits, format }: OutputFlags,
  inputFormat: PictureFormat | undefined,
): Pick<OutputPath, "output" | "otherwise"> {
  const own = outputFormatOf(path);
  // HEIC becomes PNG; but HEIF's brands do not always tell AVIF from it.
  const known = inputFormat !== "heic" ? inputFormat : own === "avif" ? own : "png";
  const written = formatFor(format ?? known ?? own ?? "png", bits);
  if (written === own) return { output: path };
  const { dir, name } = parse(path);
  const extension = extensionOf(written);
  const output = join(dir, `${name}${extension}`);
  const misnamed = known !== undefined && known !== own;
  return misnamed ? { output, otherwise: `${path}${extension}` } : { output };
}
