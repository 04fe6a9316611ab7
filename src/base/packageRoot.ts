/**
 * The folder of this package, where its weights, workers, WebAssembly and native binding are. A bundler moves the code
 * away from them and may leave it without an `import.meta.url`, so they are looked for when they are wanted.
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type ErrorCode, NafnetError } from "./errors.ts";
import { VERSION } from "./version.ts";

let found: string | undefined;

/**
 * The folder of package.json, in src/ as in dist/. For code in a bundle it is node_modules/nafnet above the bundle, the
 * program or the executable, of the same version: workers and binding speak the version's own protocol.
 *
 * @returns undefined where there is none
 */
function findPackageRoot(): string | undefined {
  found ??= findPackage(codePlaces());
  return found;
}

/**
 * {@link findPackageRoot} for what cannot do without.
 *
 * @param code of the error, by what the folder is wanted for
 * @throws NafnetError with that code where it is not found
 */
export function packageRoot(code: ErrorCode): string {
  const root = findPackageRoot();
  if (root !== undefined) return root;
  throw new NafnetError(
    code,
    `The files of nafnet ${VERSION} were not found: expected node_modules/nafnet of this version above ${codePlaces().join(" or ")}. ` +
      `A bundle holds code alone: leave nafnet out of it (external: ["nafnet"]) or put node_modules/nafnet beside it; ` +
      `see "Bundlers" in docs/library.md.`,
  );
}

/**
 * Whether this code lies in the package's folder, whose workers then find their dependencies where it does. What lies
 * beside a bundle, or is unpacked from an archive, may have none.
 */
export function runsFromPackage(): boolean {
  const root = findPackageRoot();
  return root !== undefined && (moduleFile()?.startsWith(join(root, sep)) ?? false);
}

/**
 * Finds the folder of the package of this version.
 *
 * @param places files or folders from which on to go up
 * @returns the unpacked copy, where it lies in an Electron archive: threads and addons are not loaded from within
 */
export function findPackage(places: readonly string[]): string | undefined {
  for (const place of places) {
    for (const folder of ancestors(place)) {
      for (const candidate of [folder, join(folder, "node_modules", "nafnet")]) {
        const unpacked = candidate.replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`);
        const match = [unpacked, candidate].find(isThisPackage);
        if (match !== undefined) return match;
      }
    }
  }
  return undefined;
}

/** Where this code runs: its module, or the bundle, the program or the executable that it is a part of. */
function codePlaces(): string[] {
  const places = [
    moduleFile(),
    commonJsFile(),
    process.argv[1],
    process.execPath, // a program that was compiled into it
  ];
  return [...new Set(places.filter((place) => place !== undefined))];
}

/** This file, or the bundle as a module that it is a part of; in a bundle as CommonJS there is no address. */
function moduleFile(): string | undefined {
  const url: string | undefined = import.meta.url;
  return url?.startsWith("file:") ? fileURLToPath(url) : undefined;
}

/** The file of a bundle as CommonJS. Not by `typeof`, which webpack answers with "string" in modules as well. */
function commonJsFile(): string | undefined {
  try {
    return __filename;
  } catch {
    return undefined; // a module
  }
}

function* ancestors(place: string): Generator<string> {
  const parent = dirname(place);
  yield place;
  if (parent !== place) yield* ancestors(parent);
}

function isThisPackage(folder: string): boolean {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return false;
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isManifest(manifest) && manifest.name === "nafnet" && manifest.version === VERSION;
  } catch {
    return false; // somebody else's: ours can be read
  }
}

function isManifest(
  value: unknown,
): value is { readonly name?: unknown; readonly version?: unknown } {
  return typeof value === "object" && value !== null;
}
