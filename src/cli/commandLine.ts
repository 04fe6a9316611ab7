/** The command line: the commands, their arguments and flags, and the help that teaches them. */

import { Argument, Command, Option } from "commander";
import { VERSION } from "../base/version.ts";
import { ENGINE_NAMES } from "../engine/Engine.ts";
import { PRECISIONS } from "../engine/EngineOptions.ts";
import { OUTPUT_FORMATS } from "../io/formats.ts";
import { TASKS, type TaskOrAuto } from "../restoration/tasks.ts";
import { resultSuffix } from "./batch/resultSuffix.ts";
import type { JsonFlag } from "./flags/JsonFlag.ts";
import {
  parseBits,
  parsePath,
  parsePaths,
  parseQuality,
  parseShare,
  parseSize,
  parseThreads,
} from "./flags/parsers.ts";
import type { RestoreFlags } from "./flags/RestoreFlags.ts";

const SUMMARIES: Readonly<Record<TaskOrAuto, string>> = {
  denoise: "take the noise out of pictures",
  deblur: "sharpen soft and blurred pictures",
  inpaint: "fill in what a mask marks (needs --weights: none come with the package yet)",
  auto: "measure each picture's noise and blur, and denoise or deblur what needs it",
};

/** --json of every command that reports. */
const JSON_OPTION = ["--json", "print one JSON object instead of lines"] as const;

const EXAMPLES = `
Examples:
  nafnet denoise night.jpg                         writes night-denoised.jpg beside it
  nafnet denoise night.jpg -o clean.png --bits 16  16 bits per channel, unrounded to 8
  nafnet deblur holiday/ -o sharp/                 every picture in a folder
  nafnet deblur scan.png --max-memory 2GiB         a large picture in strips
  nafnet deblur "trip/**/*.jpg" --suffix _sharp    those that match, in all its folders
  nafnet denoise scans/ --skip-existing            only what has no result yet
  nafnet denoise - < night.jpg > clean.jpg         as a part of a pipe
  nafnet auto holiday/ -o better/                  what each picture needs, or nothing
  nafnet denoise night.jpg --strength 0.8 --detail 0.3
  nafnet deblur a.png --weights NAFNet-GoPro-width32.pth
  nafnet inpaint torn.png --mask holes.png --weights mine.pth
  nafnet denoise a.png b.png -o out/ --json        results and receipts as JSON
  nafnet inspect NAFNet-GoPro-width32.pth          what is in a checkpoint
  nafnet convert NAFNet-GoPro-width32.pth gopro/   PyTorch's checkpoint to TensorFlow.js
  nafnet evaluate sharp/ truth/                    two folders: PSNR, SSIM and MSE
  nafnet doctor                                    does everything work here?

nafnet denoise --help has all flags; docs/cli.md in the repository is the guide.
An interrupted run of many pictures goes on where it was when it is started again.

Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 interrupted.`;

/** The program, which throws instead of exiting. */
export function createProgram(): Command {
  const program = new Command("nafnet")
    .description("Restores photographs with NAFNet: denoise, deblur, inpaint.")
    .version(VERSION)
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  for (const task of [...TASKS, "auto"] as const) program.addCommand(restoreCommand(task));
  for (const command of [convertCommand(), inspectCommand(), evaluateCommand(), doctorCommand()]) {
    program.addCommand(command);
  }
  for (const command of program.commands) command.exitOverride();
  return program;
}

function restoreCommand(task: TaskOrAuto): Command {
  const command = new Command(task)
    .summary(SUMMARIES[task])
    .description(`${capitalise(SUMMARIES[task])}.`)
    .addArgument(
      new Argument(
        "<input...>",
        'pictures (PNG, JPEG; with sharp WebP, AVIF, TIFF), folders of them, patterns such as "holiday/**/*.jpg"; - for standard input',
      ).argParser(parsePaths),
    )
    .option(
      "-o, --output <path>",
      `file or folder to write to (default: NAME-${resultSuffix(task)} beside the input)`,
      parsePath,
    )
    .option(
      "--suffix <text>",
      `what is added to the names of results (default: -${resultSuffix(task)}, none with -o)`,
    )
    .option("--skip-existing", "leave out pictures whose result is there")
    .option("--no-resume", "do again what an interrupted run of the same command has done")
    .addOption(
      new Option("--engine <name>", "engine to run on (default: the fastest)").choices(
        ENGINE_NAMES,
      ),
    )
    .addOption(
      new Option(
        "--strength <share>",
        "the result's share, 0 to 1, the rest is the input (default: 1)",
      ).argParser(parseShare),
    )
    .addOption(
      new Option(
        "--detail <share>",
        "how much of the input's own fine detail to give back, 0 to 1 (default: 0)",
      ).argParser(parseShare),
    )
    .addOption(
      new Option(
        "--tlc <on|off|auto>",
        "means over windows of 384 pixels, as the published GoPro and REDS weights want (default: auto, what the weights say)",
      ).choices(["on", "off", "auto"]),
    )
    .option(
      "--no-checks",
      "do not hold results to their inputs, for networks that are to change colours",
    )
    .addOption(
      new Option(
        "--bits <bits>",
        "bits per channel (default: the input's); 16 makes it a PNG or TIFF",
      )
        .choices(["8", "16"])
        .argParser(parseBits),
    )
    .addOption(
      new Option("--format <name>", "format to write (default: the input's)").choices(
        OUTPUT_FORMATS,
      ),
    )
    .addOption(
      new Option(
        "--quality <1-100>",
        "of JPEG, WebP and AVIF (default: 92, 90 and 80; of a better JPEG its own)",
      ).argParser(parseQuality),
    )
    .option("--strip", "leave out EXIF with its GPS position, XMP, IPTC and comments")
    .addOption(
      new Option(
        "--receipt <file|embed>",
        "write what was done as JSON, to NAME.EXT.receipt.json or into a PNG",
      ).choices(["file", "embed"]),
    )
    .addOption(
      new Option(
        "--threads <count>",
        "threads that compute (default: the processors that may be used)",
      ).argParser(parseThreads),
    )
    .addOption(
      new Option(
        "--max-memory <size>",
        "memory that the network may use, e.g. 2GiB; larger pictures go in strips (default: most of what is free)",
      ).argParser(parseSize),
    )
    .addOption(
      new Option(
        "--precision <name>",
        "bf16 is faster and less exact, on processors that have it (default: float32)",
      ).choices(PRECISIONS),
    )
    .option(...JSON_OPTION);
  if (task !== "auto") {
    command.option(
      "--weights <path>",
      "folder written by nafnet convert, or a checkpoint: .pth, .ckpt, .safetensors",
      parsePath,
    );
  }
  if (task === "inpaint") {
    command.requiredOption(
      "--mask <path>",
      "picture of the same size, painted where to fill in: white on black, or on a transparent layer",
      parsePath,
    );
  }
  return command.action(async (inputs: string[], flags: RestoreFlags) => {
    const { restoreFiles } = await import("./commands/restore.ts");
    process.exitCode = await restoreFiles(task, inputs, flags);
  });
}

function convertCommand(): Command {
  return new Command("convert")
    .summary("convert a PyTorch checkpoint to TensorFlow.js weights")
    .description(
      "Converts a PyTorch checkpoint to a folder with a model.json and its shards, which tf.loadLayersModel opens and --weights takes.",
    )
    .argument("<checkpoint>", "a .pth or .safetensors file", parsePath)
    .argument("<folder>", "where to write", parsePath)
    .option("--float16", "store half the bytes, rounded to float16")
    .option(...JSON_OPTION)
    .action(async (checkpoint: string, folder: string, flags: JsonFlag & { float16?: true }) => {
      const { convert } = await import("./commands/convert.ts");
      await convert(checkpoint, folder, flags);
    });
}

function inspectCommand(): Command {
  return new Command("inspect")
    .summary("list what is in a checkpoint or a folder of weights")
    .description(
      "Lists the tensors of a PyTorch checkpoint or a folder of weights and names its architecture; of a folder of checkpoints, a line each.",
    )
    .argument(
      "<path>",
      "a .pth or .safetensors file, a folder with a model.json, or a folder of checkpoints",
      parsePath,
    )
    .option(...JSON_OPTION)
    .action(async (path: string, flags: JsonFlag) => {
      const { inspect } = await import("./commands/inspect.ts");
      process.exitCode = await inspect(path, flags);
    });
}

function evaluateCommand(): Command {
  return new Command("evaluate")
    .summary("measure restored pictures against the originals: PSNR, SSIM, MSE")
    .description(
      "Compares pictures of the same name, whatever their extension, in RGB on values rounded to 8 bits: PSNR (dB, peak 255), SSIM (Gaussian window of 11, sigma 1.5; Wang et al. 2004), MSE.",
    )
    .argument("<restored>", "a folder of pictures, or one picture", parsePath)
    .argument("<reference>", "the folder of originals, or the original", parsePath)
    .option(...JSON_OPTION)
    .action(async (restored: string, reference: string, flags: JsonFlag) => {
      const { evaluate } = await import("./commands/evaluate.ts");
      process.exitCode = await evaluate(restored, reference, flags);
    });
}

function doctorCommand(): Command {
  return new Command("doctor")
    .summary("tell versions and engines, and test that everything works")
    .description(
      "Tells the versions, which engines run here or why not, verifies the default weights and restores a small test picture.",
    )
    .option(...JSON_OPTION)
    .action(async (flags: JsonFlag) => {
      const { doctor } = await import("./commands/doctor.ts");
      process.exitCode = await doctor(flags);
    });
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
