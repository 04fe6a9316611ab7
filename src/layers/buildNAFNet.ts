import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type NAFNetConfig, nafnet } from "../models/nafnet/NAFNet.ts";
import { toLayersModel } from "./toLayersModel.ts";

/** Options of {@link buildNAFNet}. */
export interface NAFNetOptions {
  /**
   * TLC's window in pixels at the first level, 1.5 times the training size; null: the means are over
   * the whole picture. Only simplified channel attention has a mean. @default null
   */
  tlcBase?: number | null;
  /** Start from zeros instead of random weights, because they are about to be set. @default false */
  fastWeightInit?: boolean;
}

/**
 * Builds NAFNet for pictures of any height and width.
 *
 * @returns a model from float32 [n, h, w, imgChannel], values 0–1, to the same shape; nothing is clamped.
 *   The caller disposes it.
 */
export function buildNAFNet(config: NAFNetConfig, options: NAFNetOptions = {}): LayersModel {
  const { tlcBase = null, fastWeightInit = false } = options;
  return toLayersModel(nafnet.graph(config, { tlcBase }), { fastWeightInit });
}
