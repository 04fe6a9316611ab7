/** The engine's side of the protocol, for engines that run in Node. */

import { readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { messageOf } from "../src/base/errors.ts";
import { type Layout, REPLY_MARK, type Reply, type Request, type Spec } from "./protocol.ts";

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Values [height, width, 3]. */
  readonly data: Float32Array;
}

/** An engine with a network loaded. */
export interface Subject {
  readonly layout: Layout;
  /** Makes everything ready for a picture. @returns a description of the engine, for people */
  prepare(picture: Picture, onnx: string | null): Promise<string>;
  /** Restores the picture; this is timed. */
  run(): Promise<{ readonly output: Float32Array; readonly workingBytes?: number }>;
}

/** Answers requests until stdin ends, which it does with the bench. */
export async function serve(load: (spec: Spec) => Promise<Subject>): Promise<void> {
  const spec = JSON.parse(process.argv[2] ?? "") as Spec; // the bench wrote it
  let subject: Subject;
  try {
    subject = await load(spec);
  } catch (error) {
    reply({ ok: false, reason: firstLine(error) });
    return;
  }
  reply({ ok: true });
  let output = new Float32Array();
  const answer = async (request: Request): Promise<Reply> => {
    switch (request.command) {
      case "prepare": {
        output = new Float32Array();
        const { width, height, onnx } = request;
        const bytes = await readFile(request.picture);
        const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
        return { ok: true, detail: await subject.prepare({ width, height, data }, onnx) };
      }
      case "run": {
        const start = performance.now();
        const result = await subject.run();
        const elapsedMs = performance.now() - start;
        output = result.output as Float32Array<ArrayBuffer>; // no engine hands out shared memory
        const { workingBytes } = result;
        return { ok: true, elapsedMs, ...(workingBytes === undefined ? {} : { workingBytes }) };
      }
      case "save":
        await writeFile(request.path, output);
        return { ok: true, layout: subject.layout };
      default:
        return request satisfies never;
    }
  };
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      reply(await answer(JSON.parse(line) as Request)); // the bench wrote it
    } catch (error) {
      reply({ ok: false, reason: firstLine(error) });
    }
  }
  process.exit(); // idle worker threads would keep it
}

function reply(message: Reply): void {
  process.stdout.write(`${REPLY_MARK}${JSON.stringify(message)}\n`);
}

function firstLine(error: unknown): string {
  return messageOf(error).split("\n")[0] ?? "";
}
