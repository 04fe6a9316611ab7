import { ChunkStream } from "./ChunkStream.ts";
import type { WorkerScope } from "./Platform.ts";
import { RequestHandler } from "./RequestHandler.ts";

/** A worker's message loop: serves requests until the worker is terminated. */
export function serveRequests(scope: WorkerScope): void {
  const stream = new ChunkStream(scope);
  const handler = new RequestHandler(scope, stream);
  scope.listen((request) => {
    if (request.kind === "chunk" || request.kind === "ack") {
      stream.receive(request);
      return;
    }
    handler.handle(request).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      scope.reply({ kind: "failed", message });
    });
  });
}
