/**
 * The fixtures that tools/parity/checkpoints.py wrote to test/fixtures/checkpoints, and the tensors that PyTorch
 * itself read from them.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CheckpointDtype } from "../../../src/weights/pytorch/readCheckpoint.ts";

/** A tensor's name, type, shape and float32 values as little-endian bytes in base64. */
export type ExpectedTensor = readonly [string, CheckpointDtype, readonly number[], string];

interface ExpectedFile {
  readonly container: "zip" | "legacy";
  readonly sha256: string;
  readonly wrapper: string | null;
  readonly prefix: string;
  readonly otherKeys: readonly string[];
}

export interface Manifest {
  readonly files: Readonly<
    Record<
      string,
      ExpectedFile & {
        readonly byteLength: number;
        /** The tensors, or the name of the file that has the same ones. */
        readonly tensors: readonly ExpectedTensor[] | string;
      }
    >
  >;
  readonly refused: Readonly<Record<string, { readonly code: string; readonly text: string }>>;
  readonly half: {
    readonly halfToFloat32Sha256: string;
    readonly bfloat16ToFloat32Sha256: string;
    readonly float32ToHalfMidpointsSha256: string;
    readonly float32ToHalfSweepSha256: string;
    readonly float32ToHalf: {
      readonly float32Bits: readonly string[];
      readonly halfBits: readonly string[];
    };
  };
  readonly shared: Readonly<
    Record<
      string,
      ExpectedFile & {
        readonly tensorCount: number;
        readonly dtypes: Readonly<Record<string, number>>;
        readonly shapes: Readonly<Record<string, readonly number[]>>;
        readonly float32Sha256: string;
      }
    >
  >;
}

const FOLDER = new URL("../../fixtures/checkpoints/", import.meta.url);

/** The bytes of a fixture. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, FOLDER));
}

// The generator and this file are kept in step by hand; a difference makes a test fail.
export const manifest = JSON.parse(fixture("manifest.json").toString()) as Manifest;

/** A fixture's path. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(name, FOLDER));
}

/** The SHA-256 of some bytes, in hexadecimal. */
export function sha256(data: NodeJS.ArrayBufferView): string {
  return createHash("sha256").update(data).digest("hex");
}
