/** `nafnet inspect`: the contents of a checkpoint, a folder of weights, or a folder of checkpoints. */

import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NafnetError } from "../../base/errors.ts";
import { isFolder } from "../../base/isFolder.ts";
import { listNames, plainName } from "../../base/untrustedNames.ts";
import { valueCount } from "../../graph/WeightMap.ts";
import { identifyCheckpoint } from "../../weights/identifyCheckpoint.ts";
import { type Checkpoint, readCheckpoint } from "../../weights/pytorch/readCheckpoint.ts";
import { readWeights } from "../../weights/readWeights.ts";
import { isHidden } from "../batch/leftovers.ts";
import { EXIT } from "../exit.ts";
import type { JsonFlag } from "../flags/JsonFlag.ts";

/** Names of checkpoints. */
const CHECKPOINT = /\.(pth|pt|ckpt|bin|safetensors)$/i;

interface TensorLine {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** The description of one checkpoint or folder of weights; --json's object. */
interface Report {
  readonly path: string;
  readonly container: string;
  readonly bytes?: number;
  readonly sha256: string;
  readonly wrapper?: string;
  readonly prefix?: string;
  readonly otherKeys?: readonly string[];
  /** Sentences about tensors that are left out, and about the choice between several networks. */
  readonly warnings?: readonly string[];
  /** The network in a line, or why it is none that is known. */
  readonly network: string;
  readonly supported: boolean;
  readonly parameters: number;
  readonly tensors: readonly TensorLine[];
}

/** A file that could not be read. */
interface InspectionFailure {
  readonly path: string;
  readonly error: { readonly code: string; readonly message: string };
}

/** @returns the exit code */
export async function inspect(path: string, flags: JsonFlag): Promise<number> {
  const folder = await isFolder(path, "a file or folder");
  const names = folder ? await readdir(path) : [];
  if (!folder || names.includes("model.json")) {
    const report = await inspectPath(path);
    console.log(flags.json ? JSON.stringify(report) : describeReport(report));
    return EXIT.ok;
  }
  const checkpoints = names.filter((name) => CHECKPOINT.test(name) && !isHidden(name)).sort();
  if (checkpoints.length === 0) {
    throw new NafnetError(
      "INPUT_NOT_FOUND",
      `Expected a model.json, .pth or .safetensors files in ${path}.`,
    );
  }
  const reports: Array<Report | InspectionFailure> = [];
  // One after the other: a checkpoint is in memory while it is read.
  for (const name of checkpoints) reports.push(await tryInspect(join(path, name)));
  if (flags.json) console.log(JSON.stringify({ path, checkpoints: reports }));
  else for (const report of reports) console.log(reportLine(report));
  return reports.some((report) => "error" in report) ? EXIT.failed : EXIT.ok;
}

async function tryInspect(path: string): Promise<Report | InspectionFailure> {
  try {
    return await inspectPath(path);
  } catch (error) {
    if (!(error instanceof NafnetError)) throw error;
    return { path, error: { code: error.code, message: error.message } };
  }
}

async function inspectPath(path: string): Promise<Report> {
  if (basename(path) === "model.json") return inspectPath(dirname(path));
  return (await isFolder(path, "a file or folder"))
    ? inspectWeights(path)
    : inspectCheckpoint(path);
}

async function inspectWeights(path: string): Promise<Report> {
  const { network, tensors, metadata } = await readWeights(path);
  return withTensors(
    {
      path,
      container: "model.json and shards, verified",
      sha256: metadata.source.sha256,
      network: network.summary,
      supported: true,
    },
    [...tensors].map(([name, { shape }]) => ({ name, dtype: "float32", shape })),
  );
}

async function inspectCheckpoint(path: string): Promise<Report> {
  const checkpoint = await readCheckpoint(path);
  const { container, byteLength, sha256, wrapper, prefix, otherKeys, stateDict } = checkpoint;
  return withTensors(
    {
      path,
      container: container === "safetensors" ? container : `PyTorch, ${container}`,
      bytes: byteLength,
      sha256,
      ...(wrapper !== undefined && { wrapper }),
      ...(prefix !== "" && { prefix }),
      otherKeys,
      ...identifyNetwork(checkpoint),
    },
    [...stateDict].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
  );
}

function withTensors(
  report: Omit<Report, "parameters" | "tensors">,
  tensors: readonly TensorLine[],
): Report {
  const parameters = tensors.reduce((sum, { shape }) => sum + valueCount(shape), 0);
  return { ...report, parameters, tensors };
}

/** The network's summary. The listing is wanted for unknown models too: their error becomes part of it. */
function identifyNetwork(
  checkpoint: Checkpoint,
): Pick<Report, "network" | "supported" | "warnings"> {
  try {
    const { network, warnings } = identifyCheckpoint(checkpoint);
    return { network: network.summary, supported: true, warnings };
  } catch (error) {
    if (!(error instanceof NafnetError)) throw error;
    return { network: error.message, supported: false };
  }
}

function describeReport(report: Report): string {
  const { path, container, bytes, sha256, wrapper, prefix, tensors } = report;
  const { otherKeys = [], warnings = [] } = report;
  const names = tensors.map(({ name }) => plainName(name));
  const width = names.reduce((most, { length }) => Math.max(most, length), 0);
  return [
    `${path}: ${container}${bytes === undefined ? "" : `, ${bytes} bytes`}`,
    `SHA-256 of the checkpoint: ${sha256}`,
    ...(wrapper === undefined ? [] : [`tensors under: ${plainName(wrapper)}`]),
    ...(prefix === undefined ? [] : [`prefix of their names: ${plainName(prefix)}`]),
    ...(otherKeys.length === 0 ? [] : [`beside them: ${listNames(otherKeys.map(plainName))}`]),
    `network: ${report.network}`,
    ...warnings.map((warning) => `note: ${warning}`),
    `${tensors.length} tensors, ${report.parameters} values:`,
    ...tensors.map(
      ({ dtype, shape }, i) => `  ${names[i]?.padEnd(width)}  ${dtype}  [${shape.join(", ")}]`,
    ),
  ].join("\n");
}

function reportLine(report: Report | InspectionFailure): string {
  if ("error" in report) return `${report.path}: ${report.error.message} (${report.error.code})`;
  const { path, container, tensors, parameters, network, warnings = [] } = report;
  const notes = warnings.length === 0 ? "" : `. ${warnings.join(" ")}`;
  return `${path}: ${container}, ${tensors.length} tensors, ${parameters} values. ${network}${notes}`;
}
