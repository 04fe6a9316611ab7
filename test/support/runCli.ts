/** The command in a process of its own, from its source. */

import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The end of a run of the command. */
interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** The folder with weights/ in it. */
export const repository: string = fileURLToPath(new URL("../..", import.meta.url));
/** The folder of checkpoints and pictures beside the repository; tests that need it skip without. */
export const shared: string = fileURLToPath(new URL("../../../shared/", import.meta.url));

/** Starts the command from its source. @param cwd the folder that relative paths are meant in */
export function startCli(args: readonly string[], cwd: string): ChildProcess {
  return startSource(main, args, cwd);
}

/** Runs a tool of the repository to its end. @param path its file, below tools */
export function runTool(path: string, args: readonly string[], cwd: string): Promise<Outcome> {
  return outcomeOf(startSource(join(repository, "tools", path), args, cwd));
}

function startSource(file: string, args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, ["--import", tsx, file, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Starts the command with standard input open. */
export function startPipedCli(
  args: readonly string[],
  cwd: string,
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ["--import", tsx, main, ...args], { cwd, stdio: "pipe" });
}

/** Runs the command at the end of a pipe; its standard output is bytes. */
export async function pipeThroughCli(
  input: Uint8Array,
  args: readonly string[],
  cwd: string,
): Promise<Omit<Outcome, "stdout"> & { readonly stdout: Buffer }> {
  const child = startPipedCli(args, cwd);
  const [stdout, stderr] = [buffer(child.stdout), text(child.stderr)];
  child.stdin.on("error", () => undefined); // it may refuse before it reads
  child.stdin.end(input);
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, stdout: await stdout, stderr: await stderr };
}

/** Starts the built command, which takes a tenth of the time. */
export function startBuiltCli(args: readonly string[], cwd: string): ChildProcess {
  const built = join(repository, "dist", "cli.js");
  return spawn(process.execPath, [built, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs the built command to its end. */
export function runBuiltCli(args: readonly string[], cwd: string): Promise<Outcome> {
  return outcomeOf(startBuiltCli(args, cwd));
}

/** Collects the output of a started command and waits for its end. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, stdout, stderr };
}

/** Runs the command from its source to its end. */
export function runCli(args: readonly string[], cwd: string): Promise<Outcome> {
  return outcomeOf(startCli(args, cwd));
}

/** The lines of an output, without the last line's end. */
export function lines(output: string): string[] {
  return output === "" ? [] : output.replace(/\n$/, "").split("\n");
}
