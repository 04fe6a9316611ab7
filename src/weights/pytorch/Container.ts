import type { PickleValue, StorageRef } from "./PickleValue.ts";

/** An opened checkpoint file of any format: a value, and storages by their key. */
export interface Container {
  readonly kind: "zip" | "legacy" | "safetensors";
  /** The value that was given to `torch.save`; of safetensors, a dict of the tensors. */
  readonly root: PickleValue;
  /**
   * The storage's bytes, a part of the file itself: exactly as many as `storage` declares.
   *
   * @throws NafnetError CHECKPOINT_CORRUPT if they are not all there
   */
  storageBytes(storage: StorageRef): Promise<Uint8Array>;
}
