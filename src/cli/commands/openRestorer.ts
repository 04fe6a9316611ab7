import type { AutoRestorer } from "../../restoration/AutoRestorer.ts";
import { createRestorer } from "../../restoration/createRestorer.ts";
import type { Restorer } from "../../restoration/Restorer.ts";
import type { TaskOrAuto } from "../../restoration/tasks.ts";
import { type RestoreFlags, restorerOptionsOf } from "../flags/RestoreFlags.ts";

/** A restorer that works as the flags say, its warnings printed; the caller disposes it. */
export async function openRestorer(
  task: TaskOrAuto,
  flags: RestoreFlags,
): Promise<Restorer | AutoRestorer> {
  const restorer = await createRestorer(task, restorerOptionsOf(flags));
  for (const warning of restorer.warnings) console.error(`nafnet: ${warning}`);
  return restorer;
}
