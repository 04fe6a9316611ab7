/** The flag of every command that prints one JSON object on demand. */
export interface JsonFlag {
  readonly json?: true;
}
