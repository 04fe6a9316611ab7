/** The command's exit codes; a signal's is 128 and its number, 130 for Ctrl-C. */
export const EXIT = {
  ok: 0,
  /** At least one file failed, or the command as a whole did. */
  failed: 1,
  /** The command line was wrong; nothing was done. */
  usage: 2,
} as const;
