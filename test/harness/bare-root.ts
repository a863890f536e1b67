import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { debianRoot, fixtureCache, installPackages } from "../../scripts/fixtures/build-images.ts";

/** The user besides root on a bare host: has a password and sudo without one. */
export const bareUser = { name: "dev", password: "open sesame" } as const;

const packages = ["openssh-server", "sudo"];

/**
 * Layers (lowest last) of a minimal Debian 12 with sshd and sudo, but nothing that containers need. Made once; needs root and
 * the Debian registry then.
 */
export async function bareLayers(): Promise<readonly string[]> {
  const lower = await debianRoot(() => {});
  const home = path.join(fixtureCache, "ssh-host-1");
  const upper = path.join(home, "upper");
  if (existsSync(upper)) return [upper, lower];
  await mkdir(fixtureCache, { recursive: true });
  const work = await mkdtemp(path.join(fixtureCache, ".work-"));
  try {
    const staged = path.join(work, "upper");
    await mkdir(staged);
    await installPackages(packages, lower, staged, work);
    await mkdir(home, { recursive: true });
    await rename(staged, upper);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return [upper, lower];
}

/**
 * A script for a new mount namespace: makes the layers its root, with `home` at the same path as outside, and runs its
 * arguments there. Nothing of this machine's disk but `home` is left to be seen.
 */
export function enterBareRoot(layers: readonly string[], home: string): string {
  const root = `${home}/root`;
  const { name, password } = bareUser;
  return `set -e
mount --make-rprivate /
mkdir -p ${root} ${home}/upper ${home}/work
mount -t overlay overlay -o lowerdir=${layers.join(":")},upperdir=${home}/upper,workdir=${home}/work ${root}
mkdir -p ${root}${home} ${root}/old
mount --bind ${home} ${root}${home}
mount --rbind /dev ${root}/dev
mount --rbind /proc ${root}/proc
mount --rbind /sys ${root}/sys
mount -t tmpfs tmpfs ${root}/run
mkdir ${root}/run/sshd
cd ${root}
pivot_root . old
umount -l /old
if [ ! -d ${home}/${name} ]; then
  /usr/sbin/useradd --no-log-init -m -d ${home}/${name} -s /bin/sh ${name}
  echo '${name}:${password}' | /usr/sbin/chpasswd
  echo '${name} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${name}
fi
exec "$@"`;
}
