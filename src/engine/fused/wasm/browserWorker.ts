/** Entry of a Web Worker. */

import type { WorkerRequest } from "./messages.ts";
import { serveRequests } from "./serveRequests.ts";

/** The part of a worker's global scope that this file uses; the types of this project are Node's. */
interface Scope {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { data: WorkerRequest }) => void): void;
}
const scope = globalThis as unknown as Scope;

function none(): never {
  throw new Error("Expected no folder for a scratch file: a browser has no files.");
}

serveRequests({
  reply: (reply, transfer = []) => scope.postMessage(reply, transfer),
  listen: (onRequest) => scope.addEventListener("message", ({ data }) => onRequest(data)),
  scratch: { open: none, read: none, write: none, close: none },
});
