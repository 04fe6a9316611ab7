/** The report for people. */

import type { Row } from "./rows.ts";

type Column = readonly [title: string, cell: (row: Row) => string];

const COLUMNS: readonly Column[] = [
  ["network", (row) => (row.model === row.attention ? row.model : `${row.model} ${row.attention}`)],
  ["size", (row) => `${row.width}x${row.height}`],
  ["engine", (row) => row.engine],
  ["threads", (row) => `${row.threads}`],
  ["median ms", (row) => row.medianMs.toFixed(0)],
  ["min ms", (row) => row.minMs.toFixed(0)],
  ["runs", (row) => `${row.runs}`],
  ["GFLOPS", (row) => row.gflops.toFixed(1)],
  ["% of peak", (row) => shown(row.percentOfPeak, 0)],
  ["x best peer", (row) => shown(row.ratioToBestPeer, 2)],
  ["x 1 thread", (row) => shown(row.ratioToOneThread, 2)],
  ["peak MiB", (row) => shown(row.peakBytes === null ? null : row.peakBytes / 2 ** 20, 0)],
  ["max difference", differenceOf],
  ["PSNR", (row) => (row.precision === "bf16" ? shown(row.psnr, 1) : "")],
];

/** Columns of words, aligned to the left. */
const WORDS = new Set(["network", "size", "engine"]);

/** The rows as aligned lines, a blank one between cases. */
export function table(rows: readonly Row[]): string {
  const titles = COLUMNS.map(([title]) => title);
  const cells = rows.map((row) => COLUMNS.map(([, cell]) => cell(row)));
  const widths = titles.map((title, i) =>
    Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) =>
        WORDS.has(titles[i] ?? "") ? text.padEnd(widths[i]!) : text.padStart(widths[i]!),
      )
      .join("  ")
      .trimEnd();
  const lines = [line(titles)];
  for (const [i, row] of rows.entries()) {
    if (i === 0 || !isSameCase(row, rows[i - 1]!)) lines.push("");
    lines.push(line(cells[i]!));
  }
  return lines.join("\n");
}

function differenceOf({ maxAbsDifference, reference, engine }: Row): string {
  if (maxAbsDifference !== null) return maxAbsDifference.toExponential(1);
  return reference === engine ? "reference" : "";
}

function isSameCase(a: Row, b: Row): boolean {
  return (
    a.model === b.model &&
    a.attention === b.attention &&
    a.width === b.width &&
    a.height === b.height
  );
}

function shown(value: number | null, digits: number): string {
  return value === null ? "" : value.toFixed(digits);
}
