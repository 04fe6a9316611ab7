/**
 * nafnet: image restoration. Importing this loads no tfjs; the tfjs engine does when it is chosen.
 *
 * @packageDocumentation
 */

export { type ErrorCode, NafnetError } from "./base/errors.ts";
export { ENGINE_NAMES, type EngineName, type Estimate } from "./engine/Engine.ts";
export type { EngineOptions, Precision } from "./engine/EngineOptions.ts";
export type { DisposableTensor, TensorLike } from "./image/tensorToRaster.ts";
export { OUTPUT_FORMATS, type OutputFormat, type PictureFormat } from "./io/formats.ts";
export type { ImageDataLike, ImageSource } from "./io/readImage.ts";
export { AutoRestorer } from "./restoration/AutoRestorer.ts";
export type { Adjusted, Adjustments } from "./restoration/adjust.ts";
export type { Analysis, Decision } from "./restoration/analysis/Analysis.ts";
export type { Check, CheckName } from "./restoration/checks/Check.ts";
export type { Retry } from "./restoration/checks/Retry.ts";
export { createRestorer } from "./restoration/createRestorer.ts";
export type { Receipt } from "./restoration/Receipt.ts";
export { RestoredImage } from "./restoration/RestoredImage.ts";
export type { Progress, RestoreOptions } from "./restoration/RestoreOptions.ts";
export { Restorer } from "./restoration/Restorer.ts";
export type { RestorerOptions } from "./restoration/RestorerOptions.ts";
export { restore } from "./restoration/restore.ts";
export type {
  EncodeOptions,
  JpegOptions,
  PngOptions,
  SaveOptions,
} from "./restoration/SaveOptions.ts";
export { TASKS, type Task, type TaskOrAuto } from "./restoration/tasks.ts";
export type { WeightsMetadata } from "./weights/Weights.ts";
