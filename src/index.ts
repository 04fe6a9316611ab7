/**
 * nafnet: image restoration. Importing this loads no tfjs; the tfjs engine does when it is chosen.
 *
 * @packageDocumentation
 */

export { type ErrorCode, NafnetError } from "./base/errors.ts";
export { ENGINE_NAMES, type EngineName, type Estimate } from "./engine/Engine.ts";
export type { EngineOptions, Precision } from "./engine/EngineOptions.ts";
export type { TensorLike } from "./image/tensorToRaster.ts";
export { OUTPUT_FORMATS, type OutputFormat, type PictureFormat } from "./io/formats.ts";
export type { ImageDataLike, ImageSource } from "./io/readImage.ts";
export { AutoRestorer } from "./restoration/AutoRestorer.ts";
export type { Adjusted, Adjustments } from "./restoration/adjust.ts";
export type { Analysis, Decision } from "./restoration/analysis/Analysis.ts";
export type { Check, CheckName } from "./restoration/checks/Check.ts";
export type { Retry } from "./restoration/checks/checkedRun.ts";
export type { Receipt } from "./restoration/Receipt.ts";
export {
  type EncodeOptions,
  type JpegOptions,
  type PngOptions,
  RestoredImage,
  type SaveOptions,
} from "./restoration/RestoredImage.ts";
export {
  createRestorer,
  type Progress,
  type RestoreOptions,
  Restorer,
  type RestorerOptions,
} from "./restoration/Restorer.ts";
export { restore } from "./restoration/restore.ts";
export { TASKS, type Task, type TaskOrAuto } from "./restoration/tasks.ts";
export type { WeightsMetadata } from "./weights/Weights.ts";
