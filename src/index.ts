/**
 * nafnet: image restoration. Importing this loads no tfjs; the tfjs engine does when it is chosen.
 *
 * @packageDocumentation
 */

export { AutoRestorer } from "./AutoRestorer.ts";
export type { Adjusted, Adjustments } from "./adjusting.ts";
export type { Analysis, Decision } from "./analysis/Analysis.ts";
export type { Check, CheckName } from "./checks/Check.ts";
export type { Retry } from "./checks/honestRun.ts";
export { ENGINE_NAMES, type EngineName, type Estimate } from "./engine/Engine.ts";
export type { EngineOptions, Precision } from "./engine/EngineOptions.ts";
export { type ErrorCode, NafnetError } from "./errors.ts";
export { OUTPUT_FORMATS, type OutputFormat, type PictureFormat } from "./io/formats.ts";
export type { ImageDataLike, ImageSource } from "./io/readImage.ts";
export type { TensorLike } from "./io/tensorToRaster.ts";
export type { Receipt } from "./Receipt.ts";
export {
  type EncodeOptions,
  type JpegOptions,
  type PngOptions,
  RestoredImage,
  type SaveOptions,
} from "./RestoredImage.ts";
export { restore } from "./restore.ts";
export {
  createRestorer,
  type Progress,
  type RestoreOptions,
  Restorer,
  type RestorerOptions,
} from "./restorer.ts";
export { TASKS, type Task, type TaskOrAuto } from "./tasks.ts";
export type { WeightsMetadata } from "./weights/Weights.ts";
