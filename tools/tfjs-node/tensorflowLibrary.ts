/** The TensorFlow C library and its headers, out of the wheel that PyPI has for Python programs. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NotAvailable, run, step } from "./run.ts";

/** The version that is fetched. tfjs-node 4.22.0 was written for the C interface of 2.9, which 2.15 still has; 2.15.1 was tried. */
export const tensorflowVersion = "2.15.1";

/** A wheel of that version with the library in it. */
export interface Wheel {
  readonly name: string;
  readonly sha256: string;
  /** Megabytes to download. */
  readonly megabytes: number;
}

/** For processors alone: 615 MB on disk. */
export const cpuWheel: Wheel = {
  name: "tensorflow-cpu",
  sha256: "54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26",
  megabytes: 210,
};

/** For NVIDIA's GPUs, and the processor where there is none: 1,030 MB on disk. CUDA is not in it. */
export const gpuWheel: Wheel = {
  name: "tensorflow",
  sha256: "bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4",
  megabytes: 475,
};

/** Paths of the libraries and headers. */
export interface TensorflowLibrary {
  /** Libraries in link order: the first needs the second. */
  readonly libraries: readonly [string, string];
  readonly includeDir: string;
}

/** Headers that the binding includes, and those that they include; the wheel has 100 MB more of them. */
const wantedHeaders = [
  "include/tensorflow/c/",
  "include/tensorflow/core/platform/ctstring",
  "include/tsl/c/",
  "include/tsl/platform/ctstring",
];

// A wheel is a zip archive, and Python is here anyway to fetch it.
const extractScript = `
import sys, zipfile
wheel, target, libraries, headers = sys.argv[1], sys.argv[2], sys.argv[3].split(), sys.argv[4].split()
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        inner = name.removeprefix("tensorflow/")
        if inner in libraries or (inner.endswith(".h") and inner.startswith(tuple(headers))):
            archive.extract(name, target)
`;

const libraryNames = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

/**
 * The library from the cache, fetched first where it is not there yet.
 *
 * @param cacheDir holds a folder a version, each complete or absent
 * @throws NotAvailable without Python, pip or the wheel
 */
export async function tensorflowLibrary(
  cacheDir: string,
  wheel: Wheel,
): Promise<TensorflowLibrary> {
  const home = join(cacheDir, `tensorflow-${tensorflowVersion}`);
  if (existsSync(home)) {
    console.log(`TensorFlow ${tensorflowVersion}: in the cache, ${home}`);
  } else {
    await fetchInto(cacheDir, home, wheel);
  }
  return {
    libraries: [join(home, libraryNames[0]), join(home, libraryNames[1])],
    includeDir: join(home, "include"),
  };
}

async function fetchInto(cacheDir: string, home: string, wheel: Wheel): Promise<void> {
  await requirePip();
  await mkdir(cacheDir, { recursive: true });
  const scratch = await mkdtemp(join(cacheDir, "incomplete-"));
  try {
    const download = `Downloading ${wheel.name} ${tensorflowVersion} from PyPI, ${wheel.megabytes} MB`;
    const archive = await step(download, () => downloadWheel(scratch, wheel));
    await step(`Extracting its C library to ${home}`, () =>
      run("python3", [
        "-c",
        extractScript,
        archive,
        scratch,
        libraryNames.join(" "),
        wantedHeaders.join(" "),
      ]),
    );
    // The folder appears at once and complete. Another run may have been quicker: its copy is as good.
    if (!existsSync(home)) await rename(join(scratch, "tensorflow"), home);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function requirePip(): Promise<void> {
  try {
    await run("python3", ["-m", "pip", "--version"]);
  } catch (error) {
    throw new NotAvailable("python3 with pip is missing: install python3 and python3-pip", {
      cause: error,
    });
  }
}

async function downloadWheel(folder: string, { name, sha256 }: Wheel): Promise<string> {
  const requirements = join(folder, "requirements.txt");
  await writeFile(requirements, `${name}==${tensorflowVersion} --hash=sha256:${sha256}\n`);
  // The wheel's Python version need not be that of the Python which fetches it.
  const platform = ["--implementation", "cp", "--python-version", "3.11", "--abi", "cp311"];
  platform.push("--platform", "manylinux_2_17_x86_64", "--platform", "manylinux2014_x86_64");
  try {
    await run("python3", [
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir"],
      ...["--no-deps", "--only-binary=:all:", "--require-hashes", ...platform],
      ...["--dest", folder, "--requirement", requirements],
    ]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NotAvailable(`the wheel ${name} ${tensorflowVersion} cannot be had: ${reason}`, {
      cause: error,
    });
  }
  const archive = (await readdir(folder)).find((file) => file.endsWith(".whl"));
  if (archive === undefined) throw new Error(`pip left no wheel in ${folder}`);
  return join(folder, archive);
}
