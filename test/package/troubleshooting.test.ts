/** docs/troubleshooting.md has the list of error codes, whole and in order. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { repository } from "../support/runCli.ts";

const page = await readFile(join(repository, "docs", "troubleshooting.md"), "utf8");
const source = await readFile(join(repository, "src", "base", "errors.ts"), "utf8");

/** Matches of the pattern's first group, in order. */
function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

it("every error code has its section, in the order of src/base/errors.ts, and its line there", () => {
  const codes = all(source, /^ {2}\| "([A-Z_]+)"/gm);
  expect(codes.length).toBeGreaterThanOrEqual(16);
  expect(all(page, /^### `(.+)`$/gm)).toEqual(codes);
  expect(all(source, /^ \* - `([A-Z_]+)`: /gm)).toEqual(codes);
});

it("links lead to sections that there are", () => {
  const headings = all(page, /^#+ (.+)$/gm).map((title) =>
    title.toLowerCase().replaceAll("`", "").replaceAll(" ", "-"),
  );
  const links = all(page, /\]\(#([^)]+)\)/g);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(headings).toContain(link);
});
