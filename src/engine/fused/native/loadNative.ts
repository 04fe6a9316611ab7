import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf, NafnetError } from "../../../base/errors.ts";
import { nodeRequire } from "../../../base/nodeRequire.ts";
import { packageRoot } from "../../../base/packageRoot.ts";
import { ABI_VERSION } from "../../../graph/ProgramWriter.ts";
import type { FusedModule } from "../FusedModule.ts";
import type { Binding } from "./binding.ts";
import { nativeModule } from "./nativeModule.ts";
import { type Host, thisHost } from "./thisHost.ts";

/** Places where a binding may lie, in the order in which they are tried. */
function candidates(root: string, host: Host): { readonly place: string; readonly file: string }[] {
  return [
    { place: "local build", file: join("build", "Release", "nafnet.node") },
    {
      place: "prebuilt",
      file: join("prebuilds", `${host.platform}-${host.arch}`, "nafnet.node"),
    },
  ].map(({ place, file }) => ({ place, file: join(root, file) }));
}

/**
 * Finds and loads the native binding; see native/binding.
 *
 * @param root the package's folder
 * @param host the machine, as the message names it
 * @throws NafnetError `ENGINE_UNAVAILABLE` with why each place has none and what to do
 */
export async function loadNative(
  root: string = packageRoot("ENGINE_UNAVAILABLE"),
  host: Host = thisHost(),
): Promise<FusedModule> {
  const failures: string[] = [];
  for (const { place, file } of candidates(root, host)) {
    try {
      return nativeModule(requireBinding(file));
    } catch (error) {
      failures.push(`${place}: ${messageOf(error).split("\n")[0]}`);
    }
  }
  throw new NafnetError("ENGINE_UNAVAILABLE", explain(failures, host));
}

function requireBinding(file: string): Binding {
  if (!existsSync(file)) throw new Error(`${file} does not exist`);
  const binding = nodeRequire(file)(file) as Binding;
  if (binding.abiVersion !== ABI_VERSION) {
    throw new Error(
      `Expected version ${ABI_VERSION} of the binding but ${file} has ${binding.abiVersion}`,
    );
  }
  return binding;
}

/** Systems for which the package has prebuilt bindings in releases. */
export const PREBUILT = [
  "linux-x64",
  "linux-arm64",
  "darwin-x64",
  "darwin-arm64",
  "win32-x64",
] as const;

function explain(failures: readonly string[], host: Host): string {
  const system = `${host.platform} ${host.arch}${host.libc === undefined ? "" : ` (${host.libc})`}`;
  const solutions: string[] = [];
  if (host.libc === "musl") {
    solutions.push("use an image with glibc: prebuilt bindings are linked against it, not musl");
  } else if (PREBUILT.some((name) => name === `${host.platform}-${host.arch}`)) {
    solutions.push("reinstall: npm install nafnet, which brings a binding for this system");
  }
  if (host.platform !== "win32") {
    solutions.push("in a clone: install g++ 12 or clang++ 15, or later, and npm run build");
  }
  solutions.push('go on without: engine "wasm" needs no binding');
  return [
    `No native binding for ${system} can be loaded.`,
    ...failures.map((failure) => `  ${failure}`),
    "Possible solutions:",
    ...solutions.map((solution) => `- ${solution}`),
  ].join("\n");
}
