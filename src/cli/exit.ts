/** The command's exit codes. */
export const EXIT = {
  ok: 0,
  /** At least one file failed, or the command as a whole did. */
  failed: 1,
  /** The command line was wrong; nothing was done. */
  usage: 2,
  /** Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
} as const;
