import { describe, expect, it } from "vitest";
import { VERSION } from "../../../src/base/version.ts";
import { ENGINE_NAMES } from "../../../src/index.ts";
import { lines, repository, runCli } from "../../support/runCli.ts";

interface Report {
  readonly ok: boolean;
  readonly checks: ReadonlyArray<{ name: string; ok: boolean | null; detail: string }>;
}

describe("doctor", () => {
  it("--json: versions, engines, weights and the self-test", async () => {
    const { exitCode, stdout, stderr } = await runCli(["doctor", "--json"], repository);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(lines(stdout)).toHaveLength(1);
    const { ok, checks } = JSON.parse(stdout) as Report; // held to it below
    expect(ok).toBe(true);
    const byName = new Map(checks.map((check) => [check.name, check]));
    expect(byName.get("nafnet")).toMatchObject({ ok: null, detail: VERSION });
    expect(byName.get("node")?.detail).toContain(process.version);
    const engines = ENGINE_NAMES.map((engine) => byName.get(`engine ${engine}`));
    for (const check of engines) {
      // An engine that does not run here says why.
      expect(check?.detail).toMatch(check?.ok ? /thread|backend/ : /^not used: ./);
    }
    const chosen = ENGINE_NAMES.find((_, i) => engines[i]?.ok);
    expect(byName.get("weights denoise")).toMatchObject({
      ok: true,
      detail: expect.stringContaining("verified"),
    });
    expect(byName.get("weights deblur")?.ok).toBe(true);
    expect(byName.get("weights inpaint")).toMatchObject({
      ok: null,
      detail: expect.stringContaining("no default weights"),
    });
    const figures = /^([\d.]+) dB before, ([\d.]+) dB after, \d+ ms on (\w+) \(.+\)$/;
    const [, before, after, name] = figures.exec(byName.get("self-test")?.detail ?? "") ?? [];
    expect(name).toBe(chosen);
    expect(Number(after)).toBeGreaterThan(Number(before) + 10); // 23.4 and 42.0 when measured
  });

  it("a line each", async () => {
    const { exitCode, stdout } = await runCli(["doctor"], repository);
    expect(exitCode).toBe(0);
    for (const line of lines(stdout)) expect(line).toMatch(/^(ok {2}| {4}) [^:]+: .|^ {7}./);
    expect(stdout).toMatch(/^ok {3}self-test: /m);
    expect(stdout).not.toContain("FAIL");
  });
});
