import type { WorkerReply, WorkerRequest } from "./messages.ts";

/** Modules that tools/build/buildWasm.ts builds: with memory of its own, and with memory that workers share. */
export type ModuleFile = "nafnet.wasm" | "nafnet-threads.wasm";

/** The differences between Node and browsers; the rest of this folder uses neither's own interfaces. */
export interface Platform {
  /** The bytes of a module beside the built library. */
  readModule(file: ModuleFile): Promise<Uint8Array | ArrayBuffer>;
  /** Whether workers can share memory here. */
  readonly sharesMemory: boolean;
  /** A worker that runs {@link serveRequests}. */
  startWorker(): WorkerHandle;
}

/** A worker as its owner sees it. */
export interface WorkerHandle {
  post(request: WorkerRequest, transfer?: readonly ArrayBuffer[]): void;
  /** Called with each reply, and with the worker's failure if it ends by itself. */
  listen(onReply: (reply: WorkerReply) => void, onFailure: (error: Error) => void): void;
  /** Whether the program waits for it before it ends. */
  keepAlive(alive: boolean): void;
  terminate(): void;
}

/** A worker as it sees itself. */
export interface WorkerScope {
  reply(reply: WorkerReply, transfer?: readonly ArrayBuffer[]): void;
  listen(onRequest: (request: WorkerRequest) => void): void;
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
