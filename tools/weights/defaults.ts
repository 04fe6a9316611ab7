/**
 * The checkpoints that the default weights are made from, and facts about them that measuring does not
 * tell. A better-trained checkpoint of the same form replaces its file; only `training` and
 * `limits` are then to be brought up to date.
 */

import {
  type Benchmark,
  blurBenchmark,
  motionBenchmark,
  noiseBenchmark,
} from "../quality/measure.ts";

/** The origin of one task's default weights. */
export interface DefaultWeights {
  readonly task: "denoise" | "deblur";
  /** The file in the folder of checkpoints. */
  readonly checkpoint: string;
  readonly training: string;
  /** Sentences for the model card. */
  readonly limits: readonly string[];
  /** Benchmarks that the weights are measured on. @param data the folder with bench/ in it */
  readonly benchmarks: (data: string) => Promise<Benchmark[]>;
}

export const DEFAULT_WEIGHTS: readonly DefaultWeights[] = [
  {
    task: "denoise",
    checkpoint: "denoise-mdta-w16.pth",
    training:
      "64,404 patches of 96x96 from free wallpapers, BSDS500, SUN-Hays and ImageNet samples; Gaussian noise of sigma 0-55, shot and read noise, spatially and across channels correlated noise, some with JPEG; 1.05 hours on 2 cores",
    limits: [
      "A small network with an hour of training: it removes noise well, and fine texture with the strongest noise.",
      "Trained on the noise named above; film grain and the artefacts of phones' own denoising are other things.",
      "A clean picture comes out slightly smoother than it went in.",
    ],
    benchmarks: (data) => Promise.all([15, 25, 50].map((sigma) => noiseBenchmark(data, sigma))),
  },
  {
    task: "deblur",
    checkpoint: "deblur-sca-w16.pth",
    training:
      "111,600 patches of 128x128 from free wallpapers, BSDS500, SUN-Hays and ImageNet samples blurred with camera-shake paths, Gaussians and disks, also two motions in one picture, and frames of GoPro train scenes averaged; 1.2 hours on 2 cores",
    limits: [
      "It helps on soft and defocused pictures; motion blur it hardly improves.",
      "A small network with an hour of training, far from the published NAFNet weights, which can be used in its place.",
    ],
    benchmarks: (data) =>
      Promise.all([motionBenchmark(data), blurBenchmark(data, 1.5), blurBenchmark(data, 2.5)]),
  },
];
