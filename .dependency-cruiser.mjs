/**
 * Which room of src may import which: the table in docs/architecture.md, read here, so that the check and
 * the document cannot differ. Imports of types count. `npm run rooms` runs it.
 */

import { readFileSync } from "node:fs";

const page = readFileSync(new URL("docs/architecture.md", import.meta.url), "utf8");
const rooms = [...page.matchAll(/^\| src\/(\w+) \|.*\| ([\w, ]+|–) \|$/gm)].map(
  ([, room, imports]) => ({ room, imports: imports === "–" ? [] : imports.split(", ") }),
);
if (rooms.length === 0) throw new Error("Expected a table of rooms in docs/architecture.md.");

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circle",
      comment: "Files that import each other are one idea, or one of them holds two.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "in-a-room",
      comment: "Each folder of src has a row in the table of rooms in docs/architecture.md.",
      severity: "error",
      from: { path: "^src/[^/]+/", pathNot: `^src/(${rooms.map(({ room }) => room).join("|")})/` },
      to: {},
    },
    ...rooms.map(({ room, imports }) => ({
      name: `${room}-imports`,
      comment: `The table of rooms lets ${room} import ${imports.join(", ") || "nothing"}.`,
      severity: "error",
      from: { path: `^src/${room}/` },
      to: { path: "^src/", pathNot: `^src/(${[room, ...imports].join("|")})/` },
    })),
  ],
  options: {
    includeOnly: "^src/",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
