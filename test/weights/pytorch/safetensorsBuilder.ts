/** safetensors files made by hand. */

import { uint } from "./pickleBuilder.ts";

/** A tensor. */
export interface Spec {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Buffer;
}

/** A file with that header, whose length is as declared unless said otherwise. */
export function file(
  header: string | Buffer,
  data: Buffer = Buffer.alloc(0),
  length?: bigint,
): Buffer {
  const bytes = Buffer.from(header);
  return Buffer.concat([uint(length ?? bytes.length, 8), bytes, data]);
}

/** A sound file, its tensors one behind another. */
export function safetensors(tensors: Readonly<Record<string, Spec>>, metadata?: object): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.length] };
    at += data.length;
    parts.push(data);
  }
  return file(`${JSON.stringify(header)}   `, Buffer.concat(parts));
}
