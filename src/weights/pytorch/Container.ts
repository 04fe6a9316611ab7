import type { PickleValue, StorageRef } from "./PickleValue.ts";

/** An opened checkpoint file of either format: a pickled value, and storages by their key. */
export interface Container {
  readonly kind: "zip" | "legacy";
  /** The value that was given to `torch.save`. */
  readonly root: PickleValue;
  /**
   * The storage's bytes, a part of the file itself: exactly as many as `storage` declares.
   *
   * @throws NafnetError CHECKPOINT_CORRUPT if they are not all there
   */
  storageBytes(storage: StorageRef): Promise<Uint8Array>;
}
