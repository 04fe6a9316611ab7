/** The command teaches itself: every flag is in the help, wrong usage is exit code 2. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/commandLine.ts";
import { lines, repository, runCli } from "../support/runCli.ts";

const COMMANDS: Readonly<Record<string, { args: string[]; flags: string[] }>> = {
  denoise: restoring(),
  deblur: restoring(),
  inpaint: restoring("--mask <path>"),
  auto: {
    ...restoring(),
    flags: restoring().flags.filter((flag) => !flag.startsWith("--weights")),
  },
  convert: { args: ["<checkpoint>", "<folder>"], flags: ["--float16", "--json"] },
  inspect: { args: ["<path>"], flags: ["--json"] },
  evaluate: { args: ["<restored>", "<reference>"], flags: ["--json"] },
  doctor: { args: [], flags: ["--json"] },
};

function restoring(...more: string[]): { args: string[]; flags: string[] } {
  const flags = [
    "-o, --output <path>",
    "--suffix <text>",
    "--skip-existing",
    "--no-resume",
    "--weights <path>",
    "--engine <name>",
    "--strength <share>",
    "--detail <share>",
    "--tlc <on|off|auto>",
    "--no-checks",
    "--bits <bits>",
    "--format <name>",
    "--quality <1-100>",
    "--strip",
    "--receipt <file|embed>",
    "--threads <count>",
    "--max-memory <size>",
    "--precision <name>",
    "--json",
    ...more,
  ];
  return { args: ["<input...>"], flags };
}

describe("the help", () => {
  it.each(Object.entries(COMMANDS))("of %s has every argument and flag", (name, wanted) => {
    const command = createProgram().commands.find((candidate) => candidate.name() === name);
    const help = command?.helpInformation() ?? "";
    expect(help).toContain(`Usage: nafnet ${name}`);
    for (const text of [...wanted.args, ...wanted.flags, "-h, --help"]) {
      expect(help).toContain(text);
    }
    // And the other way round: no flag that is not in the list above.
    expect(command?.options.map(({ flags }) => flags).sort()).toEqual([...wanted.flags].sort());
  });

  it("of the program has every command, examples and the exit codes", async () => {
    const { exitCode, stdout, stderr } = await runCli(["--help"], repository);
    expect(exitCode).toBe(0);
    expect(stderr).toBe("");
    for (const name of Object.keys(COMMANDS))
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(stdout).toContain("nafnet denoise night.jpg");
    expect(stdout).toContain("0 done, 1 something failed, 2 wrong usage, 130 interrupted");
    expect(createProgram().commands.map((command) => command.name())).toEqual(
      Object.keys(COMMANDS),
    );
  });

  it("of the program has examples of every command, with flags that there are", async () => {
    const { stdout } = await runCli(["--help"], repository);
    const examples = [...stdout.matchAll(/^ {2}nafnet (\S+) ?(.*?)(?: {2,}.*)?$/gm)].map(
      ([, name = "", args = ""]) => ({ name, args: args.split(" ") }),
    );
    expect(new Set(examples.map(({ name }) => name))).toEqual(new Set(Object.keys(COMMANDS)));
    for (const { name, args } of examples) {
      const command = createProgram().commands.find((candidate) => candidate.name() === name);
      expect(command?.parseOptions(args).unknown).toEqual([]);
    }
  });

  it("is there under -h, too, in 80 columns", async () => {
    const { exitCode, stdout } = await runCli(["denoise", "-h"], repository);
    expect(exitCode).toBe(0);
    expect(stdout.replace(/\s+/g, " ")).toContain("(default: NAME-denoised beside the input)");
    expect(Math.max(...lines(stdout).map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

it("--version is package.json's", async () => {
  const { version } = JSON.parse(readFileSync(`${repository}/package.json`, "utf8"));
  expect(await runCli(["--version"], repository)).toEqual({
    exitCode: 0,
    stdout: `${version}\n`,
    stderr: "",
  });
});

describe("wrong usage", () => {
  it.each([
    [["denoise"], "missing required argument 'input'"],
    [["sharpen", "a.png"], "unknown command 'sharpen'"],
    [["denoise", "a.png", "--sigma", "25"], "unknown option '--sigma'"],
    [["denoise", "a.png", "--engine", "nonsense"], "Allowed choices are native, wasm, tfjs"],
    [["denoise", "a.png", "--bits", "12"], "Allowed choices are 8, 16"],
    [["denoise", "a.png", "--format", "gif"], "Allowed choices are png, jpeg, webp, avif, tiff"],
    [["denoise", "a.png", "--quality", "0"], "Expected a whole number from 1 to 100"],
    [["denoise", "a.png", "--receipt", "yes"], "Allowed choices are file, embed"],
    [["denoise", "a.png", "--threads", "0"], "Expected a whole number from 1"],
    [["denoise", "a.png", "--max-memory", "lots"], "Expected a size such as 2GiB"],
    [["denoise", "a.png", "--precision", "fp8"], "Allowed choices are float32, bf16"],
    [["deblur", "a.png", "--tlc", "maybe"], "Allowed choices are on, off, auto"],
    [["denoise", "a.png", "--strength", "1.5"], "Expected a number from 0 to 1"],
    [["denoise", "a.png", "--detail", ""], "Expected a number from 0 to 1"],
    [["auto", "a.png", "--weights", "gopro/"], "unknown option '--weights'"],
    [["inpaint", "a.png"], "required option '--mask <path>' not specified"],
    [["convert", "a.pth"], "missing required argument 'folder'"],
    [["doctor", "me"], "too many arguments"],
  ])("%j", async (args, message) => {
    const { exitCode, stdout, stderr } = await runCli(args, repository);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).not.toContain("    at "); // no stack
  });
});
