/** What Node and browsers do differently; the rest of this folder uses neither's own interfaces. */

import type { Reply, Request } from "./messages.ts";

export type ModuleFile = "nafnet.wasm" | "nafnet-threads.wasm";

export interface Platform {
  /** The bytes of a module beside the built library. */
  readModule(file: ModuleFile): Promise<Uint8Array | ArrayBuffer>;
  /** Whether workers can share memory here. */
  readonly sharesMemory: boolean;
  /** A worker that runs worker.ts. */
  startWorker(): EngineWorker;
}

/** A worker as its owner sees it. */
export interface EngineWorker {
  post(request: Request, transfer?: readonly ArrayBuffer[]): void;
  /** Called with what it replies, and with its failure if it ends by itself. */
  listen(onReply: (reply: Reply) => void, onFailure: (error: Error) => void): void;
  /** Whether the program waits for it before it ends. */
  keepAlive(alive: boolean): void;
  terminate(): void;
}

/** A worker as it sees itself. */
export interface WorkerScope {
  reply(reply: Reply, transfer?: readonly ArrayBuffer[]): void;
  listen(onRequest: (request: Request) => void): void;
  readonly scratch: ScratchFiles;
}

/** Temporary files by number, for maps that do not fit in memory. */
export interface ScratchFiles {
  /** @throws Error where there are none, or where the folder takes none */
  open(folder: string): number;
  /** @throws Error with the system's reason */
  read(file: number, offset: number, bytes: Uint8Array): void;
  write(file: number, offset: number, bytes: Uint8Array): void;
  close(file: number): void;
}
