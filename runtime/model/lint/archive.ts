/** Whether a file name says it is an archive that ADD unpacks. Source: Dockerfile reference, "ADD", local tar archives. */
export function isArchive(path: string): boolean {
  return /\.(?:tar|tgz|tbz2?|txz|tar\.(?:gz|bz2|xz|zst|lzma)|gz|bz2|xz)$/i.test(path);
}
