import type { Instance } from "./Instance.ts";
import { CHUNK_VALUES, type StreamAnswer, type StreamRequest } from "./messages.ts";
import type { Address } from "./moduleInterface.ts";
import type { WorkerScope } from "./Platform.ts";

/**
 * A worker's end of the streams of a run: the input and the output pass between the event loop and the
 * module's memory in chunks, each of which is answered before the next.
 */
export class ChunkStream {
  private readonly scope: WorkerScope;
  private onAnswer: ((answer: StreamAnswer) => void) | undefined;

  constructor(scope: WorkerScope) {
    this.scope = scope;
  }

  /** To be called with each answer that the worker receives. */
  receive(answer: StreamAnswer): void {
    this.onAnswer?.(answer);
  }

  /** Copies the input into the module's memory. */
  async pull(instance: Instance, to: Address, count: number): Promise<void> {
    for (let offset = 0; offset < count; ) {
      const chunk = await this.request({ kind: "pull", offset, count: count - offset });
      if (chunk.kind !== "chunk") throw new Error("Expected a chunk of the input.");
      instance.floats(to + 4 * offset, chunk.data.length).set(chunk.data);
      offset += chunk.data.length;
    }
  }

  /** Copies the output out of the module's memory. */
  async push(instance: Instance, from: Address, count: number): Promise<void> {
    for (let offset = 0; offset < count; offset += CHUNK_VALUES) {
      const data = new Float32Array(Math.min(CHUNK_VALUES, count - offset));
      data.set(instance.floats(from + 4 * offset, data.length));
      await this.request({ kind: "push", offset, data }, [data.buffer]);
    }
  }

  private request(
    request: StreamRequest,
    transfer?: readonly ArrayBuffer[],
  ): Promise<StreamAnswer> {
    return new Promise((resolve) => {
      this.onAnswer = resolve;
      this.scope.reply(request, transfer);
    });
  }
}
