import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { peerScript, pythonCommand } from "./engines.ts";

/**
 * The network as ONNX for one size, from the cache or else exported now, which takes some seconds.
 *
 * @param state writeState's file
 * @throws Error if PyTorch is absent or cannot
 */
export async function exportOnnx(state: string, width: number, height: number): Promise<string> {
  const path = state.replace(/\.json$/, `-${width}x${height}.onnx`);
  if (existsSync(path)) return path;
  const script = peerScript("export_onnx");
  try {
    await promisify(execFile)(pythonCommand(), [script, state, `${width}`, `${height}`, path]);
  } catch (error) {
    const said = (error as { stderr?: string }).stderr; // execFile's errors carry it
    const last = said?.trim().split("\n").at(-1);
    throw new Error(`the export to ONNX failed: ${last || (error as Error).message}`);
  }
  return path;
}
