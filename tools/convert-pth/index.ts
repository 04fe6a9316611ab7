/**
 * Converts a PyTorch checkpoint as `nafnet convert` does, from a checkout, without building first.
 *
 *     npm run convert-pth -- IN.pth OUT_DIR [--float16]
 */

process.argv.splice(2, 0, "convert");
await import("../../src/cli/main.ts");
