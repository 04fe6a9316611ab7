/** Formats that are decoded and encoded without the package sharp. */
export type BuiltInFormat = "png" | "jpeg";
