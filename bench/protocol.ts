/**
 * Messages between the bench and an engine's process: one JSON object a line in, and out, behind a mark that
 * tells it from whatever a library prints. peers/protocol.py is the Python side.
 */

/** Mark before each reply on stdout. */
export const REPLY_MARK = "=> ";

export type Request =
  /** Makes everything ready for pictures of a size. */
  | {
      readonly command: "prepare";
      readonly width: number;
      readonly height: number;
      /** File with float32 [height, width, 3]. */
      readonly picture: string;
      /** The network, exported for this size; null if nobody could. */
      readonly onnx: string | null;
    }
  /** Restores the picture once. */
  | { readonly command: "run" }
  /** Writes the last run's result to a file, float32. */
  | { readonly command: "save"; readonly path: string };

export type Layout = "nhwc" | "nchw";

/** Reply to a request, or, unasked, to having been started. */
export type Reply =
  | {
      readonly ok: true;
      /** Reply to `prepare`: a description of the engine, for people. */
      readonly detail?: string;
      /** Reply to `run`. */
      readonly elapsedMs?: number;
      /** Reply to `run` from engines that count it themselves: bytes held, without the runtime around them. */
      readonly workingBytes?: number;
      /** Reply to `save`. */
      readonly layout?: Layout;
    }
  | { readonly ok: false; readonly reason: string };

/** Settings of an engine's process, as JSON on its command line. */
export interface Spec {
  readonly engine: string;
  /** Id of one of MODELS. */
  readonly model: string;
  /** writeState's file, for those who cannot read our weights. */
  readonly state: string | null;
  readonly threads: number;
  readonly precision: "float32" | "bf16";
}
