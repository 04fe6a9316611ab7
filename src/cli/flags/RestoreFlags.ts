/** The flags of the restoring commands, and the library's options that they stand for. */

import type { EngineName } from "../../engine/Engine.ts";
import type { Precision } from "../../engine/EngineOptions.ts";
import type { OutputFormat } from "../../io/formats.ts";
import type { RestoreOptions } from "../../restoration/RestoreOptions.ts";
import type { RestorerOptions } from "../../restoration/RestorerOptions.ts";
import type { SaveOptions } from "../../restoration/SaveOptions.ts";
import type { JsonFlag } from "./JsonFlag.ts";

/** The flags of the restoring commands, as commander gives them. */
export interface RestoreFlags extends JsonFlag {
  readonly output?: string;
  readonly suffix?: string;
  readonly skipExisting?: true;
  /** False with --no-resume. */
  readonly resume?: boolean;
  readonly weights?: string;
  readonly engine?: EngineName;
  readonly tlc?: "on" | "off" | "auto";
  /** False with --no-checks. */
  readonly checks?: boolean;
  readonly strength?: number;
  readonly detail?: number;
  readonly bits?: 8 | 16;
  readonly format?: OutputFormat;
  /** Quality of 1-100. */
  readonly quality?: number;
  readonly strip?: true;
  readonly receipt?: "file" | "embed";
  readonly mask?: string;
  readonly threads?: number;
  /** Bytes that the network may use. */
  readonly maxMemory?: number;
  readonly precision?: Precision;
}

/** The options of `createRestorer` that the flags stand for. */
export function restorerOptionsOf(flags: RestoreFlags): RestorerOptions {
  const { weights, engine, tlc, threads, maxMemory, precision } = flags;
  return {
    ...{ weights, engine, threads, precision },
    tlc: tlc === "on" || (tlc === "off" ? false : "auto"),
    maxMemoryBytes: maxMemory,
  };
}

/** The options of restoring a picture that the flags stand for. */
export function restoreOptionsOf({ mask, strength, detail, checks }: RestoreFlags): RestoreOptions {
  return { mask, strength, detail, checks };
}

/** The options of writing a result that the flags stand for. */
export function saveOptionsOf(flags: RestoreFlags): SaveOptions {
  const { bits, format, quality, strip, receipt } = flags;
  return { bits, format, quality, strip, receipt };
}
