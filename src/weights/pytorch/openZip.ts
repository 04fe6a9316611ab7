/**
 * The zip format of PyTorch 1.6 and later: `<any>/data.pkl` and one stored entry `<any>/data/<key>`
 * a storage.
 *
 * Reference: PyTorch caffe2/serialize/inline_container.cc, torch/serialization.py `_load`.
 */

import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { fromBufferPromise } from "yauzl";
import { messageOf } from "../../base/errors.ts";
import { listNames, quoteName } from "../../base/untrustedNames.ts";
import type { Container } from "./Container.ts";
import { corruptCheckpoint, unsupportedCheckpoint } from "./checkpointErrors.ts";
import { MAX_ZIP_ENTRIES } from "./checkpointLimits.ts";
import { itemBytesOf } from "./itemBytesOf.ts";
import type { StorageRef } from "./PickleValue.ts";
import { TorchHost } from "./TorchHost.ts";
import { unpickle } from "./unpickle.ts";

const STORED = 0; // the zip method without compression

/**
 * Opens a zip checkpoint: reads its directory and its pickle, no storage yet.
 *
 * @throws NafnetError CHECKPOINT_CORRUPT, CHECKPOINT_FORBIDDEN, CHECKPOINT_UNSUPPORTED
 */
export async function openZip(file: Buffer): Promise<Container> {
  const archive = new Archive(file);
  await archive.readDirectory();
  const root = archive.rootFolder();
  const byteOrder = await archive.optionalText(`${root}byteorder`);
  if (byteOrder !== undefined && byteOrder !== "little") {
    throw unsupportedCheckpoint(
      `Expected byteorder little, but found ${quoteName(byteOrder)}. Save it again on a little-endian machine, or with torch.serialization.set_default_load_endianness.`,
    );
  }
  const host = new TorchHost();
  const pickle = await archive.bytes(`${root}data.pkl`);
  const { value } = unpickle(pickle, 0, host);
  return {
    kind: "zip",
    root: value,
    storageBytes: async (storage) => {
      const bytes = await archive.bytes(`${root}data/${storage.key}`);
      return declaredPart(storage, bytes);
    },
  };
}

function declaredPart(storage: StorageRef, bytes: Buffer): Buffer {
  const declared = storage.numel * itemBytesOf(storage);
  if (declared > bytes.length) {
    throw corruptCheckpoint(
      `Storage ${quoteName(storage.key)} declares ${storage.numel} × ${storage.dtype}, but its entry has ${bytes.length} bytes: the file is damaged. Get it again.`,
    );
  }
  return bytes.subarray(0, declared);
}

class Archive {
  readonly #file: Buffer;
  readonly #entries = new Map<string, Entry>();
  readonly #opened = new Map<string, Buffer>();
  #zip: ZipFile | undefined;
  #openedBytes = 0;

  constructor(file: Buffer) {
    this.#file = file;
  }

  async readDirectory(): Promise<void> {
    const zip = await rethrowAsCorrupt(fromBufferPromise(this.#file), "the zip directory");
    this.#zip = zip;
    if (zip.entryCount > MAX_ZIP_ENTRIES) {
      throw unsupportedCheckpoint(
        `Expected at most ${MAX_ZIP_ENTRIES} zip entries, but it declares ${zip.entryCount}.`,
      );
    }
    const entries = zip.eachEntry();
    for (;;) {
      const next = await rethrowAsCorrupt(entries.next(), "the zip directory");
      if (next.done === true) return;
      const name = next.value.fileName;
      if (this.#entries.has(name))
        throw corruptCheckpoint(`The zip has two entries ${quoteName(name)}.`);
      this.#entries.set(name, next.value);
    }
  }

  /** The folder of data.pkl, with its slash; PyTorch names it after the file or `archive`. */
  rootFolder(): string {
    const names = [...this.#entries.keys()];
    const pickles = names.filter((name) => /(?:^|\/)data\.pkl$/.test(name));
    const [pickle] = pickles;
    if (pickle === undefined) {
      const found = names.length === 0 ? "nothing" : listNames(names.map(quoteName));
      throw unsupportedCheckpoint(
        `Expected a PyTorch checkpoint, but it is a zip without data.pkl; it holds ${found}.`,
      );
    }
    if (pickles.length > 1) {
      throw corruptCheckpoint(
        `Expected one data.pkl in the zip, but found ${listNames(pickles.map(quoteName))}.`,
      );
    }
    const root = pickle.slice(0, -"data.pkl".length);
    if (this.#entries.has(`${root}constants.pkl`)) {
      throw unsupportedCheckpoint(
        'Expected a state_dict, but it is a TorchScript archive. In Python: torch.save(torch.jit.load(path).state_dict(), "weights.pth").',
      );
    }
    return root;
  }

  /** The text of a small entry, or `undefined` if there is no such entry. */
  async optionalText(name: string): Promise<string | undefined> {
    if (!this.#entries.has(name)) return undefined;
    return (await this.bytes(name)).toString("latin1");
  }

  /** The entry's bytes, where they lie in the file; its checksum is verified. */
  async bytes(name: string): Promise<Buffer> {
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const entry = this.#entries.get(name);
    if (entry === undefined || this.#zip === undefined) {
      throw corruptCheckpoint(
        `Expected a zip entry ${quoteName(name)}, but there is none: storage is missing.`,
      );
    }
    if (entry.isEncrypted())
      throw unsupportedCheckpoint(`The zip entry ${quoteName(name)} is encrypted.`);
    if (entry.compressionMethod !== STORED) {
      throw unsupportedCheckpoint(
        `Expected stored zip entries, as PyTorch writes them, but ${quoteName(name)} is compressed. Save it again with torch.save, or pack the folder again with zip -0 -r.`,
      );
    }
    const header = await rethrowAsCorrupt(
      this.#zip.readLocalFileHeaderPromise(entry, { minimal: true }),
      `the zip entry ${quoteName(name)}`,
    );
    const bytes = this.#slice(name, header.fileDataStart, entry.uncompressedSize);
    // 0: torch.serialization.set_crc32_options(False) writes no checksums.
    if (entry.crc32 !== 0 && crc32(bytes) !== entry.crc32) {
      throw corruptCheckpoint(
        `The zip entry ${quoteName(name)} does not match its checksum: the file is damaged. Get it again.`,
      );
    }
    this.#opened.set(name, bytes);
    return bytes;
  }

  #slice(name: string, start: number, length: number): Buffer {
    const end = start + length;
    if (end > this.#file.length) {
      throw corruptCheckpoint(
        `The zip entry ${quoteName(name)} ends at byte ${end}, after the end of the file (${this.#file.length}).`,
      );
    }
    // Entries that lie on top of each other would be hashed again and again.
    this.#openedBytes += length;
    if (this.#openedBytes > this.#file.length) {
      throw corruptCheckpoint("The zip's entries overlap: together they are larger than the file.");
    }
    return this.#file.subarray(start, end);
  }
}

/** Gives yauzl's errors, which are plain Errors, our code and a remedy. */
async function rethrowAsCorrupt<T>(work: Promise<T>, what: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw corruptCheckpoint(
      `Reading ${what} failed: the file is truncated or damaged. Get it again. (${messageOf(error)})`,
      error,
    );
  }
}
