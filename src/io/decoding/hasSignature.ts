/** Tells whether bytes begin with a signature. @param signature as Latin-1 text */
export function hasSignature(bytes: Uint8Array, signature: string): boolean {
  return Buffer.from(bytes.subarray(0, signature.length)).toString("latin1") === signature;
}
