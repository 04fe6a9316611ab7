/** `nafnet evaluate`: PSNR, SSIM and MSE of restored pictures against their originals. */

import { readdir } from "node:fs/promises";
import { join, parse } from "node:path";
import { NafnetError } from "../../base/errors.ts";
import { isFolder } from "../../base/isFolder.ts";
import { PICTURE_EXTENSION } from "../../io/formats.ts";
import { readImage } from "../../io/readImage.ts";
import { evaluatePair, type PairMetrics } from "../../metrics/index.ts";
import { isHidden } from "../batch/leftovers.ts";
import { EXIT } from "../exit.ts";
import type { JsonFlag } from "../flags/JsonFlag.ts";

/** The metrics of one picture; part of --json's object. Equal pictures have no finite PSNR: null. */
type Row =
  | {
      readonly name: string;
      readonly psnr: number | null;
      readonly ssim: number;
      readonly mse: number;
    }
  | { readonly name: string; readonly error: { readonly code: string; readonly message: string } };

/** @returns the exit code */
export async function evaluate(
  restored: string,
  reference: string,
  flags: JsonFlag,
): Promise<number> {
  const rows: Row[] = [];
  const measured: PairMetrics[] = [];
  for (const [name, restoredPath, referencePath] of await findPairs(restored, reference)) {
    try {
      if (referencePath === undefined) {
        throw new NafnetError(
          "INPUT_NOT_FOUND",
          `Expected a picture named ${name} in ${reference}.`,
        );
      }
      const a = (await readImage(restoredPath)).raster;
      const b = (await readImage(referencePath)).raster;
      const metrics = evaluatePair(a, b);
      measured.push(metrics);
      rows.push({ name, ...metrics, psnr: finiteOrNull(metrics.psnr) });
    } catch (error) {
      if (!(error instanceof NafnetError)) throw error;
      rows.push({ name, error: { code: error.code, message: error.message } });
    }
  }
  const mean = {
    psnr: finiteOrNull(average(measured.map(({ psnr }) => psnr))),
    ssim: average(measured.map(({ ssim }) => ssim)),
    mse: average(measured.map(({ mse }) => mse)),
  };
  const failed = rows.length - measured.length;
  if (flags.json) console.log(JSON.stringify({ rows, mean, failed }));
  else printTable(rows, mean, measured.length);
  return failed > 0 ? EXIT.failed : EXIT.ok;
}

type Pair = readonly [name: string, restored: string, reference: string | undefined];

async function findPairs(restored: string, reference: string): Promise<Pair[]> {
  if (!(await isFolder(restored, "a picture or a folder")))
    return [[parse(restored).name, restored, reference]];
  if (!(await isFolder(reference, "a picture or a folder"))) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected a folder of originals, as ${restored} is one, but received the file ${reference}.`,
    );
  }
  const byName = new Map((await pictureNames(reference)).map((file) => [parse(file).name, file]));
  const found = await pictureNames(restored);
  if (found.length === 0) {
    throw new NafnetError("INPUT_NOT_FOUND", `Expected pictures in ${restored}.`);
  }
  return found.map((file) => {
    const { name } = parse(file);
    const original = byName.get(name);
    return [name, join(restored, file), original && join(reference, original)];
  });
}

async function pictureNames(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => PICTURE_EXTENSION.test(name) && !isHidden(name)).sort();
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function printTable(
  rows: readonly Row[],
  mean: { readonly psnr: number | null; readonly ssim: number; readonly mse: number },
  count: number,
): void {
  const width = Math.max(4, ...rows.map(({ name }) => name.length));
  const columns = (name: string, psnr: string, ssim: string, mse: string): string =>
    `${name.padEnd(width)}  ${psnr.padStart(9)}  ${ssim.padStart(7)}  ${mse.padStart(9)}`;
  const numbers = (name: string, { psnr, ssim, mse }: typeof mean): string =>
    columns(name, psnr?.toFixed(2) ?? "infinite", ssim.toFixed(4), mse.toFixed(3));
  console.log(columns("", "PSNR (dB)", "SSIM", "MSE"));
  for (const row of rows) {
    if ("error" in row) console.error(`nafnet: ${row.error.message} (${row.error.code})`);
    else console.log(numbers(row.name, row));
  }
  if (count > 0) console.log(numbers(`mean of ${count}`, mean));
}
