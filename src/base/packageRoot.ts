import { fileURLToPath } from "node:url";

/** The folder of package.json, from src/ as from dist/. */
export const PACKAGE_ROOT: string = fileURLToPath(new URL("..", import.meta.url));
