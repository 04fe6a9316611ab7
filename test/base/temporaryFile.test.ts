import { spawnSync } from "node:child_process";
import { readdir, utimes, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { expect, it } from "vitest";
import { removeLeftovers, temporaryPath } from "../../src/base/temporaryFile.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const at = temporaryFolder();

it("removes what killed processes left, and nothing else", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]); // over
  const own = basename(temporaryPath(at()));
  const [, host] = /^\.nafnet-(\w+)-\d+-.*\.tmp$/.exec(own) ?? [];
  const uuid = own.slice(-40);
  const names = {
    killed: `.nafnet-${host}-${pid}-${uuid}`,
    atWork: own,
    abandonedElsewhere: `.nafnet-00000000-1-${uuid}`,
    atWorkElsewhere: `.nafnet-11111111-${pid}-${uuid}`,
    almost: `.nafnet-${host}-${pid}-notes.tmp`,
    somebodys: `.${host}-${pid}-${uuid}`,
    picture: "a.png",
  };
  for (const name of Object.values(names)) await writeFile(at(name), "");
  const twoHoursAgo = Date.now() / 1000 - 7200;
  for (const name of [names.abandonedElsewhere, names.atWork, names.almost, names.picture]) {
    await utimes(at(name), twoHoursAgo, twoHoursAgo);
  }
  await removeLeftovers(at());
  const { killed, abandonedElsewhere, ...kept } = names;
  expect((await readdir(at())).sort()).toEqual(Object.values(kept).sort());
});

it("has nothing to do where there is no folder", async () => {
  await expect(removeLeftovers(at("nowhere"))).resolves.toBeUndefined();
});
