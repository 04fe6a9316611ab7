/** The properties of a machine that decide whether a binding loads. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  /** The C library of a Linux system: a binding for one cannot be loaded with the other. */
  readonly libc: "glibc" | "musl" | undefined;
}

/** The machine of this process. */
export function thisHost(): Host {
  return {
    platform: process.platform,
    arch: process.arch,
    get libc() {
      return libc(); // asked for by messages alone: the report takes a while
    },
  };
}

function libc(): Host["libc"] {
  if (process.platform !== "linux") return undefined;
  // The report names the version of glibc where there is one.
  const report: unknown = process.report?.getReport();
  const header =
    typeof report === "object" && report !== null && "header" in report && report.header;
  return typeof header === "object" && header !== null && "glibcVersionRuntime" in header
    ? "glibc"
    : "musl";
}
