/** Every fused engine with every instruction set that this machine runs; tests are run on each. */

import { messageOf } from "../../../src/base/errors.ts";
import type { Engine } from "../../../src/engine/Engine.ts";
import { forcedIsa } from "../../../src/engine/fused/chooseIsa.ts";
import {
  type FusedEngineName,
  fusedEngine,
  loadModule,
} from "../../../src/engine/fused/FusedEngine.ts";
import type { FusedModule } from "../../../src/engine/fused/FusedModule.ts";

export type FusedBuild =
  | {
      readonly label: string;
      readonly name: FusedEngineName;
      readonly isa: string;
      readonly module: FusedModule;
      readonly engine: Engine;
      readonly skipped?: undefined;
    }
  | { readonly label: string; readonly skipped: string };

async function buildsOf(name: FusedEngineName): Promise<FusedBuild[]> {
  let module: FusedModule;
  try {
    module = await loadModule(name);
  } catch (error) {
    return [{ label: name, skipped: messageOf(error).split("\n")[0] ?? "" }];
  }
  const wanted = forcedIsa();
  return module.isas
    .filter((isa) => wanted === undefined || name === "wasm" || isa === wanted)
    .map((isa) => {
      const engine = fusedEngine(name, module, isa);
      return { label: `${name} (${isa})`, name, isa, module, engine };
    });
}

export const fusedBuilds: readonly FusedBuild[] = [
  ...(await buildsOf("native")),
  ...(await buildsOf("wasm")),
];
