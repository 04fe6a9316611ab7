/**
 * What the bench and an engine's process say to each other: one JSON object a line in, and out, behind a
 * mark that tells it from whatever a library prints. peers/protocol.py is the Python side.
 */

/** Before each reply on stdout. */
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

/** Of a request, or, unasked, of having started. */
export type Reply =
  | {
      readonly ok: true;
      /** Of `prepare`: what runs it, for people. */
      readonly detail?: string;
      /** Of `run`. */
      readonly elapsedMs?: number;
      /** Of `run`, from engines that count it themselves: bytes, without the runtime around them. */
      readonly workingBytes?: number;
      /** Of `save`. */
      readonly layout?: Layout;
    }
  | { readonly ok: false; readonly reason: string };

/** What an engine's process is told on its command line, as JSON. */
export interface Spec {
  readonly engine: string;
  /** One of MODELS, by id. */
  readonly model: string;
  /** writeState's file, for those who cannot read our weights. */
  readonly state: string | null;
  readonly threads: number;
  readonly precision: "float32" | "bf16";
}
