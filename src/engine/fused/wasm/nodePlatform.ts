import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { packageRoot } from "../../../base/packageRoot.ts";
import { LOADED, type WorkerReply } from "./messages.ts";
import type { Platform, WorkerHandle } from "./Platform.ts";

/** Worker threads, and files of the package's dist/. */
export const nodePlatform: Platform = {
  readModule: async (file) => new Uint8Array(await readFile(built(join("wasm", file)))),
  sharesMemory: true,
  startWorker,
};

/** A file that is built, whether this one runs from dist/ or from src/. */
function built(file: string): string {
  return join(packageRoot("ENGINE_UNAVAILABLE"), "dist", file);
}

function startWorker(): WorkerHandle {
  const worker = new Worker(built("wasm-worker.js"), {
    execArgv: [], // the program's own loaders are of no use to a built file
    name: "nafnet",
  });
  // Node 20 leaves the worker's file open when it is ended while it loads it, about once in 75 times.
  let isLoaded = false;
  let isEnding = false;
  const endIfAsked = (): void => {
    if (isEnding && isLoaded) void worker.terminate(); // never rejects; its end is of no interest
  };
  worker.once("message", () => {
    isLoaded = true;
    endIfAsked();
  });
  return {
    post: (request, transfer = []) => worker.postMessage(request, transfer),
    listen(onReply, onFailure) {
      worker.on("message", (message: WorkerReply | typeof LOADED) => {
        if (message !== LOADED) onReply(message);
      });
      worker.on("error", onFailure);
      worker.on("messageerror", onFailure);
      worker.on("exit", (code) => {
        if (!isEnding) onFailure(new Error(`A worker ended by itself, with exit code ${code}.`));
      });
    },
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    terminate() {
      isEnding = true;
      endIfAsked();
    },
  };
}
