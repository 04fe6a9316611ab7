/** The pictures that task "auto" is fitted to and judged on, each in two halves. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Raster } from "../../src/image/Raster.ts";
import type { Decision } from "../../src/restoration/analysis/Analysis.ts";
import { addCameraNoise, type NoiseCovariance, noiseFilter } from "../quality/cameraNoise.ts";
import { blur, both, type Damage, drawn, jpeg, noise, type Picture, pictures } from "./pictures.ts";

/** A picture of a set, to be read when its turn comes. */
export interface Specimen {
  readonly name: string;
  readonly read: () => Promise<Raster>;
  /** What the picture was before its damage; null: unknown. */
  readonly truth: (() => Promise<Raster>) | null;
  /** The fit is made on one half, and the other half judges it. */
  readonly half: Half;
}

/** Pictures of one kind. */
export interface AnalysisSet {
  readonly name: string;
  /** What "auto" should do; undefined: there is no truth to say. */
  readonly wanted: Decision | undefined;
  readonly specimens: readonly Specimen[];
}

export const HALVES = ["fitted", "judged"] as const;
export type Half = (typeof HALVES)[number];

/** Sigmas of cameras' noise, of 255. */
const CAMERA_SIGMAS = [4, 6, 10, 15, 25] as const;
/** Clean photographs from ../shared/data/train: every so many of those whose names begin so. */
const PHOTOGRAPHS = [
  ["bsds", 7],
  ["sunhays", 2],
  ["elementary", 2],
] as const;

const unchanged: Damage = (raster) => raster;
const DAMAGES: ReadonlyArray<readonly [name: string, wanted: Decision, damage: Damage]> = [
  ["clean", "nothing", unchanged],
  ["JPEG 95", "nothing", jpeg(95)],
  ["JPEG 85", "nothing", jpeg(85)],
  ["JPEG 75", "nothing", jpeg(75)],
  ["JPEG 50", "nothing", jpeg(50)],
  ["noise 5", "denoise", noise(5)],
  ["noise 10", "denoise", noise(10)],
  ["noise 25", "denoise", noise(25)],
  ["noise 50", "denoise", noise(50)],
  ["noise 10, JPEG 90", "denoise", both(noise(10), jpeg(90))],
  ["noise 25, JPEG 80", "denoise", both(noise(25), jpeg(80))],
  ["blur 1.5", "deblur", blur(1.5)],
  ["blur 2.5", "deblur", blur(2.5)],
  ["blur 1.5, JPEG 90", "deblur", both(blur(1.5), jpeg(90))],
];

/** Discs and bars with hard edges, on grounds that are flat or slopes of colour, in growing sizes. */
const DRAWINGS: readonly Picture[] = Array.from({ length: 16 }, (_, i) => ({
  file: `drawing ${i}`,
  read: async () => drawn(256 - 8 * i, 224, (x, y, c) => drawing(i, x, y, c)),
}));

function drawing(i: number, x: number, y: number, channel: number): number {
  const pitch = 18 + 4 * Math.floor(i / 2);
  const [dx, dy] = [(x % pitch) - pitch / 2, (y % pitch) - pitch / 2];
  const isInked = i % 4 < 2 ? dx ** 2 + dy ** 2 < pitch ** 2 / 8 : Math.abs(dx + dy) < pitch / 4;
  const ground = 50 + 20 * channel + (i % 8 < 4 ? (60 * (channel === 1 ? y : x)) / 256 : 0);
  return ground + (isInked ? 90 : 0);
}

/** @param data the folder with bench/, noise/ and train/ in it */
export async function analysisSets(data: string): Promise<readonly AnalysisSet[]> {
  const kodak = await pictures(join(data, "bench/kodak24"), ".png");
  const polyu = join(data, "bench/polyu");
  const means = await pictures(polyu, "_mean.JPG");
  const sets: AnalysisSet[] = [
    {
      name: "PolyU, cameras",
      wanted: "denoise",
      specimens: specimensOf(await pictures(polyu, "_real.JPG"), means),
    },
    { name: "PolyU, means of 500", wanted: "nothing", specimens: specimensOf(means, means) },
  ];
  for (const [name, wanted, damage] of DAMAGES) {
    sets.push({ name: `Kodak, ${name}`, wanted, specimens: damaged(kodak, () => damage) });
  }
  const cameras = await cameraFilters(join(data, "noise/polyu-noise-statistics.json"));
  for (const sigma of CAMERA_SIGMAS) {
    const camera = (index: number): Damage => {
      // Halves of the statistics for the halves of the pictures.
      const filter = cameras[(2 * (sigma + 7 * index) + (index % 2)) % cameras.length]!;
      return (raster) => addCameraNoise(raster, filter, sigma, 100 * sigma + index);
    };
    sets.push({
      name: `Kodak, cameras ${sigma}`,
      wanted: "denoise",
      specimens: damaged(kodak, camera),
    });
    if (sigma !== 6) continue;
    sets.push({
      name: `Kodak, cameras ${sigma}, JPEG 85`,
      wanted: "denoise",
      specimens: damaged(kodak, (index) => both(camera(index), jpeg(85))),
    });
  }
  for (const folder of ["bench/gopro", "pairs/gopro"]) {
    const path = join(data, folder);
    const [blurred, sharp] = [
      await pictures(path, ".blur.png"),
      await pictures(path, ".sharp.png"),
    ];
    const [soft, recorded] = [specimensOf(sharp, sharp), specimensOf(blurred, sharp)];
    sets.push({ name: `${folder}, blurred`, wanted: "deblur", specimens: recorded });
    sets.push({ name: `${folder}, sharp`, wanted: "nothing", specimens: soft });
  }
  for (const [prefix, step] of PHOTOGRAPHS) {
    const all = await pictures(join(data, "train"), ".jpg");
    const some = all.filter(({ file }) => file.startsWith(prefix)).filter((_, i) => i % step === 0);
    sets.push({ name: `train, ${prefix}`, wanted: "nothing", specimens: specimensOf(some, some) });
  }
  sets.push({ name: "drawings", wanted: "nothing", specimens: specimensOf(DRAWINGS, DRAWINGS) });
  const old = await pictures(join(data, "bench/old"), ".png");
  sets.push({ name: "old", wanted: undefined, specimens: specimensOf(old, undefined) });
  return sets;
}

function specimensOf(
  damaged: readonly Picture[],
  clean: readonly Picture[] | undefined,
): readonly Specimen[] {
  return damaged.map(({ file, read }, i) => ({
    ...{ name: file, read, half: HALVES[i % 2]! },
    truth: clean === undefined ? null : clean[i]!.read,
  }));
}

function damaged(
  clean: readonly Picture[],
  damageOf: (index: number) => Damage,
): readonly Specimen[] {
  return clean.map(({ file, read }, i) => ({
    ...{ name: file, half: HALVES[i % 2]!, truth: read },
    read: async () => damageOf(i)(await read()),
  }));
}

async function cameraFilters(path: string): Promise<readonly Float64Array[]> {
  const cameras: Record<string, readonly { readonly cov: NoiseCovariance }[]> = JSON.parse(
    await readFile(path, "utf8"),
  );
  return Object.values(cameras)
    .flat()
    .map(({ cov }) => noiseFilter(cov));
}
