import { access } from "node:fs/promises";

/**
 * Options for every overlay mount: features that would make a layer's files mean something only together with the
 * attributes of one machine are off, where the kernel knows them. Source: kernel Documentation/filesystems/overlayfs.rst.
 */
export async function overlayOptions(): Promise<readonly string[]> {
  const options: string[] = [];
  for (const feature of ["index", "redirect_dir", "metacopy"]) {
    const isKnown = await access(`/sys/module/overlay/parameters/${feature}`).then(
      () => true,
      () => false,
    );
    if (isKnown) options.push(`${feature}=off`);
  }
  return options;
}
