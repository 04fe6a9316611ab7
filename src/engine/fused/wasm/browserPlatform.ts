import type { WorkerReply } from "./messages.ts";
import type { Platform, WorkerHandle } from "./Platform.ts";

/** The part of a browser's Worker that this file uses; the types of this project are Node's. */
interface WebWorker {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { data: WorkerReply }) => void): void;
  addEventListener(
    type: "error" | "messageerror",
    listener: (event: { message?: string }) => void,
  ): void;
  terminate(): void;
}
declare const Worker: new (url: URL, options: { type: "module" }) => WebWorker;

/** Web Workers, and files that lie beside the script. */
export const browserPlatform: Platform = {
  // Bundlers know this form and copy the file.
  readModule: (file) =>
    download(
      file === "nafnet.wasm"
        ? new URL("./wasm/nafnet.wasm", import.meta.url)
        : new URL("./wasm/nafnet-threads.wasm", import.meta.url),
    ),
  sharesMemory:
    typeof SharedArrayBuffer === "function" &&
    (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true,
  startWorker,
};

async function download(url: URL): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.arrayBuffer();
}

function startWorker(): WorkerHandle {
  const worker = new Worker(new URL("./wasm-browser-worker.js", import.meta.url), {
    type: "module",
  });
  return {
    post: (request, transfer = []) => worker.postMessage(request, transfer),
    listen(onReply, onFailure) {
      worker.addEventListener("message", ({ data }) => onReply(data));
      worker.addEventListener("error", ({ message }) =>
        onFailure(new Error(message ?? "A worker cannot be loaded.")),
      );
      worker.addEventListener("messageerror", () =>
        onFailure(new Error("A worker's message cannot be read.")),
      );
    },
    keepAlive: () => undefined, // a page does not end
    terminate: () => worker.terminate(),
  };
}
