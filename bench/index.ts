/**
 * Times our engines beside OpenVINO, PyTorch, onnxruntime and tfjs, in one run:
 *
 *     npm run bench -- --help
 *
 * README.md describes the measurements.
 */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { busyProcesses } from "./busyProcesses.ts";
import { type ColdStart, coldStart } from "./coldStart.ts";
import { byPixels, contendersFor } from "./contenders.ts";
import { Fleet, reasonOf } from "./Fleet.ts";
import { FmaPeak, type PeakGflops } from "./fmaPeak.ts";
import { type Machine, machine } from "./machine.ts";
import { measureCase } from "./measureCase.ts";
import { type BenchOptions, defaultThreads, parseOptions } from "./options.ts";
import { spinRate } from "./processorShare.ts";
import { type Row, rowsOf } from "./rows.ts";
import { table } from "./table.ts";
import { writeState } from "./writeState.ts";

/** The object that --json prints. */
interface Report {
  readonly machine: Machine;
  readonly fmaPeakGflops: PeakGflops;
  readonly bf16PeakGflops: PeakGflops;
  readonly coldStart: ColdStart | null;
  readonly rows: readonly Row[];
  readonly missing: readonly Missing[];
}

/** A measurement that was asked for and could not be made. */
interface Missing {
  readonly what: string;
  readonly reason: string;
}

const options = parseOptions(process.argv.slice(2));
const say = (line: string): void => console.error(line);
const folder = await mkdtemp(join(tmpdir(), "nafnet-bench-"));
const quietRate = options.busy > 0 ? await spinRate(defaultThreads()) : 0;
const stopBusy = busyProcesses(options.busy);
const share = options.busy > 0 ? (await spinRate(defaultThreads())) / quietRate : 1;
let fleet: Fleet | undefined;
process.once("SIGINT", async () => {
  stopBusy();
  await fleet?.close();
  await rm(folder, { recursive: true, force: true });
  process.exit(130);
});
try {
  const report = await measureAll(options);
  const json = JSON.stringify(report, null, 2);
  if (options.out !== undefined) {
    await mkdir(dirname(options.out), { recursive: true });
    await writeFile(options.out, `${json}\n`);
  }
  console.log(options.json ? json : forPeople(report));
} finally {
  stopBusy();
  await fleet?.close();
  await rm(folder, { recursive: true, force: true });
}

async function measureAll(bench: BenchOptions): Promise<Report> {
  const { models, sizes, threads, effort, busy } = bench;
  const onMachine = machine(busy, share);
  const missing: Missing[] = [];
  const miss = (what: string, reason: string): void => {
    if (missing.some((known) => known.what === what)) return;
    missing.push({ what, reason });
    say(`${what}: ${reason}`);
  };
  const peak = await FmaPeak.create([...new Set([1, defaultThreads(), ...(threads ?? [])])]);
  if (peak.absence !== undefined) miss("FMA peak", peak.absence);

  const absences = new Map<string, string>();
  const finishRows: (() => Row[])[] = [];
  for (const model of models) {
    const loaded = await model.load();
    fleet = new Fleet(model.id, await writeState(model.id, loaded), absences);
    for (const size of (sizes ?? model.sizes).toSorted(byPixels)) {
      const label = `${model.id} ${size.join("x")}`;
      say(`${label} …`);
      await peak.measure();
      const contenders = contendersFor(model, size, bench);
      const result = await measureCase(fleet, size, contenders, { effort, folder });
      for (const [engine, reason] of absences) miss(engine, reason);
      for (const { engine, threads: count, reason } of result.failures) {
        miss(`${label} ${engine.id}, threads ${count}`, reason);
      }
      // The peak is the highest of the whole run, so the rows wait for its end.
      finishRows.push(() => rowsOf(model, loaded, size, result.measurements, peak));
    }
    await fleet.close();
  }
  await peak.measure();
  return {
    machine: onMachine,
    fmaPeakGflops: peak.table("float32"),
    bf16PeakGflops: peak.table("bf16"),
    coldStart: await coldStart(folder).catch((error: unknown) => {
      miss("cold start", reasonOf(error));
      return null;
    }),
    rows: finishRows.flatMap((finish) => finish()),
    missing,
  };
}

function forPeople({
  machine: m,
  fmaPeakGflops,
  bf16PeakGflops,
  coldStart: cold,
  rows,
}: Report): string {
  const peaks = Object.entries(fmaPeakGflops).map(([threads, gflops]) => {
    const bf16 = bf16PeakGflops[threads];
    const more = typeof bf16 === "number" ? `, bf16 ${bf16.toFixed(0)}` : "";
    return gflops === null ? [] : `${gflops.toFixed(0)} GFLOPS${more} with ${threads}`;
  });
  return [
    `${m.processor}, ${m.cores} cores, ${m.platform}, Node ${m.node}, ${m.date}`,
    `load average before: ${m.loadAverage.toFixed(2)}`,
    `features: ${m.features.join(" ") || "not known"}`,
    ...(m.forcedIsa === null ? [] : [`NAFNET_ISA=${m.forcedIsa}`]),
    ...(m.busyProcesses === 0
      ? []
      : [
          `beside busy processes: ${m.busyProcesses}, which leave ${(100 * m.processorShare).toFixed(0)} % of a ` +
            `quiet machine to ${defaultThreads()} threads that never wait for each other`,
        ]),
    `FMA peak by threads: ${peaks.flat().join("; ") || "not measured"}`,
    ...(cold === null ? [] : [`cold start (${cold.command}): ${cold.medianMs.toFixed(0)} ms`]),
    "",
    table(rows),
  ].join("\n");
}
