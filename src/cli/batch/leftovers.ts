/** Names of folders and files that systems leave among pictures: thumbnails, trash. In lower case. */
const LEFTOVERS: ReadonlySet<string> = new Set([
  "__macosx", // resource forks, in zips of macOS
  "icon\r", // a folder's icon on macOS
  "thumbs.db", // thumbnails of Windows
  "ehthumbs.db",
  "ehthumbs_vista.db",
  "desktop.ini",
  "$recycle.bin",
  "system volume information",
  "@eadir", // Synology: thumbnails, trash, snapshots
  "#recycle",
  "#snapshot",
  "@recycle", // QNAP: the same
  "@recently-snapshot",
  "lost+found", // ext4
]);

/** Whether a name is a hidden one: `.DS_Store`, `._photo.jpg` of AppleDouble, `.thumbnails`, our own files. */
export function isHidden(name: string): boolean {
  return name.startsWith(".");
}

/** Whether a file or folder of this name holds nobody's pictures, hidden ones apart. */
export function isLeftover(name: string): boolean {
  return LEFTOVERS.has(name.toLowerCase());
}
