/** Entry of a worker thread in Node. */

import { parentPort } from "node:worker_threads";
import { LOADED, type WorkerRequest } from "./messages.ts";
import { scratchFiles } from "./scratchFiles.ts";
import { serveRequests } from "./serveRequests.ts";

if (parentPort !== null) {
  const port = parentPort;
  serveRequests({
    reply: (reply, transfer = []) => port.postMessage(reply, transfer),
    listen(onRequest) {
      port.on("message", (request: WorkerRequest) => onRequest(request));
      port.on("messageerror", (error) => {
        throw error; // ends the worker, and so is heard by its owner
      });
    },
    scratch: scratchFiles,
  });
  port.postMessage(LOADED);
}
