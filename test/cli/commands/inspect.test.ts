/** `nafnet inspect` of checkpoints, of a folder of weights, and of a folder of checkpoints. */

import { existsSync, readdirSync } from "node:fs";
import { copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { lines, repository, runCli, shared } from "../../support/runCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { checkpoint, dict, int, network, scalar } from "../../weights/pytorch/networkCheckpoint.ts";

const at = temporaryFolder();
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/checkpoints/${name}`, import.meta.url));

describe("inspect", () => {
  it("lists a folder of weights", async () => {
    const { exitCode, stdout, stderr } = await runCli(["inspect", "weights/denoise"], repository);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("network: NAFNet width 16");
    expect(stdout).toMatch(/^SHA-256 of the checkpoint: [0-9a-f]{64}$/m);
    expect(stdout).toMatch(/^ {2}intro\/kernel +float32 {2}\[3, 3, 3, 16\]$/m);
  });

  it("--json: one object, the same for the folder and its model.json", async () => {
    const folder = await runCli(["inspect", "weights/deblur", "--json"], repository);
    expect(folder.exitCode).toBe(0);
    expect(lines(folder.stdout)).toHaveLength(1);
    const report = JSON.parse(folder.stdout);
    expect(report).toEqual({
      path: "weights/deblur",
      container: "model.json and shards, verified",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      network: expect.stringContaining("SCA, 3 channels"),
      supported: true,
      parameters: expect.any(Number),
      tensors: expect.arrayContaining([
        { name: "intro/kernel", dtype: "float32", shape: [3, 3, 3, 16] },
      ]),
    });
    const sizes = report.tensors.map(({ shape }: { shape: number[] }) =>
      shape.reduce((product, size) => product * size, 1),
    );
    expect(report.parameters).toBe(sizes.reduce((sum: number, size: number) => sum + size, 0));
    const json = await runCli(["inspect", "weights/deblur/model.json", "--json"], repository);
    expect(JSON.parse(json.stdout)).toEqual(report);
  });

  it("tells wrapper, prefix, what is beside the network and what of it was left out", async () => {
    const state = { ...network(1, "net_g."), "loss.weight": scalar(2) };
    await writeFile(at("gan.ckpt"), checkpoint({ "lr\u001b": int(1), state_dict: dict(state) }));
    const { exitCode, stdout } = await runCli(["inspect", "gan.ckpt"], at());
    expect(exitCode).toBe(0);
    expect(lines(stdout).slice(2, 7)).toEqual([
      "tensors under: state_dict",
      "prefix of their names: net_g.",
      "beside them: lr\\u001b",
      "network: NAFNet width 8, enc [1,1] mid 1 dec [1,1], SCA, 3 channels",
      "note: Left out a tensor that the network does not use: loss.weight.",
    ]);
    const json = await runCli(["inspect", "gan.ckpt", "--json"], at());
    expect(JSON.parse(json.stdout)).toMatchObject({
      ...{ wrapper: "state_dict", prefix: "net_g.", supported: true },
      warnings: ["Left out a tensor that the network does not use: loss.weight."],
    });
  });

  it("lists a checkpoint of no known network, wrapper and all", async () => {
    const file = fixture("params_ema-legacy.pth");
    const { exitCode, stdout } = await runCli(["inspect", file, "--json"], repository);
    expect(exitCode).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      path: file,
      container: "PyTorch, legacy",
      bytes: (await stat(file)).size,
      wrapper: "params_ema",
      supported: false,
      network: expect.stringMatching(/^Unknown model\. None of the keys that every NAFNet has /),
    });
    expect(report.tensors.length).toBeGreaterThan(0);
  });

  it("a folder of checkpoints: a line each, and exit code 1 for one that cannot be read", async () => {
    await mkdir(at("several"));
    await copyFile(fixture("params-zip.pth"), at("several", "good.pth"));
    await writeFile(at("several", "bad.pth"), "not a checkpoint");
    await writeFile(at("several", "notes.txt"), "not asked for");
    await writeFile(at("several", "._good.pth"), "AppleDouble");
    const { exitCode, stdout } = await runCli(["inspect", "several"], at());
    expect(exitCode).toBe(1);
    expect(lines(stdout)).toEqual([
      expect.stringMatching(/bad\.pth: .*\(CHECKPOINT_\w+\)$/),
      expect.stringMatching(/good\.pth: PyTorch, zip, \d+ tensors, \d+ values\. /),
    ]);
  });

  it.each([
    ["nowhere", "INPUT_NOT_FOUND"],
    ["empty", "INPUT_NOT_FOUND"],
    ["text.pth", "CHECKPOINT_"],
  ])("%s: exit code 1", async (path, code) => {
    await mkdir(at("empty"), { recursive: true });
    await writeFile(at("text.pth"), "not a checkpoint");
    const { exitCode, stdout, stderr } = await runCli(["inspect", path], at());
    expect(lines(stderr)).toHaveLength(1);
    expect(stderr).toContain(path);
    expect(stderr).toContain(`(${code}`);
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
  });

  const foreign = join(shared, "data", "pth");
  const absent = existsSync(foreign) ? "" : " (skipped: no ../shared/data/pth)";
  it.skipIf(absent !== "")(`lists every checkpoint of other projects${absent}`, async () => {
    const { exitCode, stdout, stderr } = await runCli(["inspect", foreign, "--json"], repository);
    expect(stderr).toBe("");
    const { checkpoints: reports } = JSON.parse(stdout) as {
      checkpoints: Array<{ path: string; error?: object; tensors?: object[] }>;
    };
    const files = readdirSync(foreign).filter((name) => /\.pth?$/.test(name));
    expect(reports.map(({ path }) => path)).toEqual(
      files.sort().map((file) => join(foreign, file)),
    );
    expect(reports.filter(({ error }) => error !== undefined)).toEqual([]);
    for (const { tensors } of reports) expect(tensors?.length).toBeGreaterThan(0);
    expect(exitCode).toBe(0);
  });

  const own = join(shared, "checkpoints", "deblur-sca-w16.pth");
  const missing = existsSync(own) ? "" : " (skipped: no ../shared/checkpoints)";
  it.skipIf(missing !== "")(`names our own checkpoint's network${missing}`, async () => {
    const { exitCode, stdout } = await runCli(["inspect", own], repository);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("network: NAFNet width 16, enc [1,1,2,6] mid 2 dec [1,1,1,1], SCA");
    expect(stdout).toContain("tensors under: model_state_dict");
    expect(stdout).toMatch(/^beside them: .*optimizer_state_dict/m);
    expect(stdout).toMatch(/^ {2}intro\.weight +float32 {2}\[16, 3, 3, 3\]$/m);
  });
});
