import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { ScratchFiles } from "./Platform.ts";

/** Temporary files of Node, by their descriptors, which are the same in every thread of the process. */
export const scratchFiles: ScratchFiles = {
  open(folder) {
    const own = mkdtempSync(join(folder, "nafnet-"));
    try {
      return openSync(join(own, "scratch"), "wx+", 0o600);
    } finally {
      // The name goes at once, so that a killed program leaves nothing behind; the file goes when it is closed.
      rmSync(own, { recursive: true, force: true });
    }
  },
  read(file, offset, bytes) {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(file, bytes, done, bytes.length - done, offset + done);
      if (count === 0) throw new Error("it is shorter than what was written");
      done += count;
    }
  },
  write(file, offset, bytes) {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file, bytes, done, bytes.length - done, offset + done);
    }
  },
  close: closeSync,
};
