/** Entry of a worker thread in Node. */

import { parentPort } from "node:worker_threads";
import { LOADED, type Request } from "./messages.ts";
import { serve } from "./RequestHandler.ts";
import { scratchFiles } from "./scratchFiles.ts";

if (parentPort !== null) {
  const port = parentPort;
  serve({
    reply: (reply, transfer = []) => port.postMessage(reply, transfer),
    listen(onRequest) {
      port.on("message", (request: Request) => onRequest(request));
    },
    scratch: scratchFiles,
  });
  port.postMessage(LOADED);
}
