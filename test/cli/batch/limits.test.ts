/**
 * A batch where WebAssembly cannot start: under a limit on the address space, as shared hosting sets one, and without
 * a compiler. `npm run node-versions` adds the other versions of Node.
 */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeJpeg } from "../../../src/io/jpeg/encodeJpeg.ts";
import { encodePng } from "../../../src/io/png/encodePng.ts";
import { nodeProgram, OTHER_NODE_VERSIONS } from "../../../tools/node-versions/nodeVersions.ts";
import { scene } from "../../support/pictures.ts";
import { outcomeOf, repository } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { writeTinyWeights } from "../../support/tinyWeights.ts";

/** The most address space in kB, `ulimit -v`; the program by itself takes 0.75 to 1.3 GB, a thread 0.6 to 0.8. */
const LIMITS = [4_000_000, 3_000_000];

const nodes = [
  { version: process.version, node: process.execPath },
  ...OTHER_NODE_VERSIONS.map((version) => ({ version: `v${version}`, node: nodeProgram(version) })),
];

const at = temporaryFolder();
const size = [750, 700] as const; // large enough for a thread
const names = [...Array.from({ length: 7 }, (_, n) => `${n}.png`), "large.jpg", "small.jpg"];

beforeAll(async () => {
  await writeTinyWeights(at("tiny"));
  await mkdir(at("in"));
  const png = encodePng(scene(...size));
  for (const name of names.slice(0, 7)) await writeFile(at("in", name), png);
  await writeFile(at("in", "large.jpg"), await encodeJpeg(scene(...size), 90));
  await writeFile(at("in", "small.jpg"), await encodeJpeg(scene(120, 90), 90));
});

/** Runs the built command by the shell, which sets the limit. */
function run(shell: string, args: readonly string[]) {
  const cli = join(repository, "dist", "cli.js");
  const child = spawn("sh", ["-c", shell, "sh", cli, ...args, "--weights", at("tiny")], {
    cwd: at(),
  });
  return outcomeOf(child);
}

describe.skipIf(process.platform !== "linux").each(nodes)("Node $version", ({ version, node }) => {
  const test = it.skipIf(!existsSync(node)); // not installed: npm run node-versions
  const folder = (what: string) => at(`${what}-${version.replaceAll(".", "-")}`);

  test("does all without a limit", async () => {
    const { exitCode } = await run(`exec ${node} "$@"`, ["denoise", "in", "-o", folder("whole")]);
    expect(exitCode).toBe(0);
  });

  test.each(LIMITS)("does the same with %i kB of address space", async (limit) => {
    const out = folder(`limit-${limit}`);
    const limited = `ulimit -v ${limit} && exec ${node} "$@"`;
    const { exitCode, stderr } = await run(limited, ["denoise", "in", "-o", out]);
    expect(stderr).not.toMatch(/error|failed/i);
    expect(exitCode).toBe(0);
    expect((await readdir(out)).sort()).toEqual(names);
    for (const name of names) {
      const expected = await readFile(join(folder("whole"), name));
      expect((await readFile(join(out, name))).equals(expected), name).toBe(true);
    }
  });

  test("does the same JPEG without a compiler", async () => {
    const out = folder("jitless");
    await mkdir(out);
    const args = ["denoise", "in/small.jpg", "-o", out];
    const { exitCode, stderr } = await run(`exec ${node} --jitless "$@"`, args);
    expect(stderr).not.toMatch(/error|failed/i);
    expect(exitCode).toBe(0);
    const expected = await readFile(join(folder("whole"), "small.jpg"));
    expect((await readFile(join(out, "small.jpg"))).equals(expected)).toBe(true);
  });
});
