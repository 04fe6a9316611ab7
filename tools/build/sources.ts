/** Sources of the engine's builds: files of native/, and the flags that native/build.json has for them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

export type Architecture = "x64" | "arm64" | "wasm32";

/** A file with the flags that it alone is compiled with. */
export interface Source {
  /** Relative to the checkout. */
  readonly file: string;
  readonly flags: readonly string[];
}

interface BuildFlags {
  readonly flags: readonly string[];
  readonly isas: Readonly<Record<Architecture, Readonly<Record<string, readonly string[]>>>>;
}

const build: BuildFlags = JSON.parse(readFileSync(join(ROOT, "native", "build.json"), "utf8"));

/** Flags of every file, include paths among them. */
export const FLAGS: readonly string[] = [...build.flags, "-Inative/include", "-Inative/src"];

/** The core: what is the same for all instruction sets, then a file for each of the architecture's. */
export function coreSources(architecture: Architecture): Source[] {
  const isas = Object.entries(build.isas[architecture]);
  return [
    ...folderSources("native/src"),
    ...folderSources("native/src/ops"),
    ...isas.map(([isa, flags]) => ({ file: `native/src/isa/${isa}.cc`, flags })),
  ];
}

/** The .cc files of a folder, without those of folders in it. */
export function folderSources(folder: string): Source[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".cc"))
    .sort()
    .map((name) => ({ file: `${folder}/${name}`, flags: [] }));
}
