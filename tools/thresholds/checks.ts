/**
 * The figures that src/restoration/checks/checkBlocks.ts takes its thresholds from: the largest that the
 * default weights give, for each kind of picture.
 *
 *     npx tsx tools/thresholds/checks.ts [DATA]
 *
 * DATA is the folder with bench/ in it, by default ../shared/data.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Raster } from "../../src/image/Raster.ts";
import type { Check } from "../../src/restoration/checks/Check.ts";
import { createRestorer } from "../../src/restoration/createRestorer.ts";
import type { Restorer } from "../../src/restoration/Restorer.ts";
import {
  blur,
  both,
  type Damage,
  drawn,
  exposed,
  gamma,
  noise,
  type Picture,
  pictures,
} from "./pictures.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [data = join(root, "../shared/data")] = process.argv.slice(2);

const unchanged: Damage = (raster) => raster;
const DAMAGES: ReadonlyArray<readonly [name: string, damage: Damage]> = [
  ["clean", unchanged],
  ["noise 15", noise(15)],
  ["noise 25", noise(25)],
  ["noise 50", noise(50)],
  ["blur 1.5", blur(1.5)],
  ["blur 2.5", blur(2.5)],
  ["a tenth of the light", exposed(0.1)],
  ["a tenth, noise 10", both(exposed(0.1), noise(10))],
  ["a 25th of the light", exposed(0.04)],
  ["gamma 3", gamma(3)],
  ["three times the light", exposed(3)],
  ["twice, noise 25", both(exposed(2), noise(25))],
];

const LEVELS = [0, 3, 10, 30, 128, 250, 255] as const;
const flats = LEVELS.map((level) => drawn(128, 96, () => level));
const DRAWN: ReadonlyArray<readonly [name: string, pictures: readonly Raster[]]> = [
  ["flat", flats],
  ["flat, noise 25", flats.map(noise(25))],
  [
    "saturated colours",
    [1, 2, 3, 4, 5, 6].map((bits) => drawn(96, 64, (_x, _y, c) => (bits & (1 << c) ? 255 : 0))),
  ],
  ["slopes", [drawn(256, 64, (x) => x), drawn(256, 64, (x, y, c) => [x, 4 * y, 128][c]!)]],
  [
    "chequers of 1, 8, 32",
    [0, 3, 5].map((bit) => drawn(128, 128, (x, y) => (((x >> bit) + (y >> bit)) % 2) * 255)),
  ],
  ["a step", [drawn(128, 128, (x) => (x < 64 ? 5 : 250))]],
  ["1x1 to 3x5", [1, 2, 3].map((n) => drawn(n, 2 * n - 1, (x, y, c) => 60 * x + 20 * y + 50 * c))],
];

const kodak = await pictures(join(data, "bench/kodak24"), ".png");
const others: ReadonlyArray<readonly [name: string, pictures: readonly Picture[]]> = [
  [
    "gopro",
    [
      ...(await pictures(join(data, "bench/gopro"), ".png")),
      ...(await pictures(join(data, "pairs/gopro"), ".blur.png")),
    ],
  ],
  ["old photographs", await pictures(join(data, "bench/old"), ".png")],
];

for (const [name, task, options] of [
  ["denoise", "denoise", {}],
  ["deblur", "deblur", {}],
  ["deblur with TLC", "deblur", { tlc: true }],
] as const) {
  const restorer = await createRestorer(task, options);
  console.log(`\n${name}`);
  for (const [damageName, damage] of DAMAGES) {
    await row(restorer, `kodak24, ${damageName}`, kodak, damage);
  }
  for (const [pictures, list] of others) await row(restorer, pictures, list, unchanged);
  for (const [pictures, rasters] of DRAWN) {
    const list = rasters.map((raster, i) => ({ file: String(i), read: async () => raster }));
    await row(restorer, pictures, list, unchanged);
  }
  restorer.dispose();
}

async function row(
  restorer: Restorer,
  name: string,
  pictures: readonly Picture[],
  damage: Damage,
): Promise<void> {
  const worst = new Map<string, number>();
  for (const { read } of pictures) {
    const { receipt } = await restorer.restore(await damage(await read()));
    // The first run's: what a failed one was retried for comes first.
    const [first] = receipt.retries;
    for (const { name, figure } of [...receipt.checks, ...(first?.failed ?? [])] as Check[]) {
      worst.set(name, Math.max(worst.get(name) ?? 0, figure));
    }
  }
  const figures = [...worst].filter(([, figure]) => figure >= 0.005);
  const shown = figures.map(([check, figure]) => `${check} ${figure.toFixed(2)}`).join(", ");
  console.log(`${name.padEnd(30)} ${String(pictures.length).padStart(2)}  ${shown}`);
}
