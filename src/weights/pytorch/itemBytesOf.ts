import { quoteName } from "../../base/untrustedNames.ts";
import { unsupportedCheckpoint } from "./checkpointErrors.ts";
import { ITEM_BYTES, isCheckpointDtype } from "./dtypes.ts";
import type { StorageRef } from "./PickleValue.ts";

/**
 * Bytes of an element of the storage.
 *
 * @throws NafnetError CHECKPOINT_UNSUPPORTED for types that are not read
 */
export function itemBytesOf(storage: StorageRef): number {
  if (isCheckpointDtype(storage.dtype)) return ITEM_BYTES[storage.dtype];
  throw unsupportedCheckpoint(
    `Expected storages of ${Object.keys(ITEM_BYTES).join(", ")}, but storage ${quoteName(storage.key)} is a torch.${storage.dtype}. Convert it in Python first, e.g. tensor.float().`,
  );
}
