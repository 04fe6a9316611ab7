import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { fileFormat } from "../../src/io/fileFormat.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { fixtureUrl, makePng } from "./fixtures.ts";

const at = temporaryFolder();

it("is what the bytes say, not the name", async () => {
  await writeFile(at("a.jpg"), makePng());
  expect(await fileFormat(at("a.jpg"))).toBe("png");
  expect(await fileFormat(fixtureUrl("baseline-420.jpg").pathname)).toBe("jpeg");
});

it("is unknown of other files, folders and what is not there", async () => {
  await writeFile(at("a.png"), "GIF89a");
  await writeFile(at("empty.png"), "");
  await mkdir(at("folder.png"));
  for (const name of ["a.png", "empty.png", "folder.png", "none.png"]) {
    expect(await fileFormat(at(name))).toBeUndefined();
  }
});

it.skipIf(process.platform === "win32")(
  "is unknown of a pipe, which is not waited for",
  async () => {
    execFileSync("mkfifo", [at("pipe.png")]);
    expect(await fileFormat(at("pipe.png"))).toBeUndefined();
  },
);
