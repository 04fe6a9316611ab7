import Module from "node:module";

/**
 * Node's `require` as of a file. By way of the default export, since bundlers follow a `createRequire` that is imported
 * by name and put a `require` of their own in its place, which finds only what they have bundled.
 */
export function nodeRequire(file: string): NodeJS.Require {
  return Module.createRequire(file);
}
