/**
 * Debian packages Berth uses, each with the program it brings and why it is needed.
 * Plain JavaScript: read by the first step of set-up, which runs on whatever Node (>= 20) the machine has.
 */

/**
 * `name` may list alternatives, as Debian's releases name things differently: the first that apt knows is installed.
 * @typedef {{ readonly name: string | readonly string[], readonly provides: string, readonly why: string }} SystemPackage
 */

/** What the engine itself runs on. @type {readonly SystemPackage[]} */
export const enginePackages = [
  { name: "crun", provides: "/usr/bin/crun", why: "starts containers (OCI runtime)" },
  {
    name: "conmon",
    provides: "/usr/bin/conmon",
    why: "supervises one container each, so that they outlive the engine",
  },
  { name: "nftables", provides: "/usr/sbin/nft", why: "published ports and isolation of networks" },
  { name: "iproute2", provides: "/usr/sbin/ip", why: "bridges, addresses and network namespaces" },
  { name: "socat", provides: "/usr/bin/socat", why: "standard input of containers" },
  { name: "tini", provides: "/usr/bin/tini-static", why: "the first process of containers run with --init" },
  { name: "xz-utils", provides: "/usr/bin/xz", why: "unpacks .xz archives in builds" },
  { name: "bzip2", provides: "/usr/bin/bzip2", why: "unpacks .bz2 archives in builds" },
];

/** What the sample workspace's images are made of. @type {readonly SystemPackage[]} */
export const samplePackages = [
  {
    name: "busybox-static",
    provides: "/usr/bin/busybox",
    why: "the sample image busybox:latest is made of it",
  },
];

/** What VS Code in the browser is built with, when there is no desktop VS Code. @type {readonly SystemPackage[]} */
export const editorPackages = [
  { name: "build-essential", provides: "/usr/bin/g++", why: "compiles code-server's native modules" },
  { name: "python3", provides: "/usr/bin/python3", why: "node-gyp needs it to compile them" },
  { name: "pkg-config", provides: "/usr/bin/pkg-config", why: "finds the libraries below" },
  { name: "libkrb5-dev", provides: "/usr/include/krb5.h", why: "a native module of code-server" },
  {
    name: "libsecret-1-dev",
    provides: "/usr/include/libsecret-1/libsecret/secret.h",
    why: "a native module of code-server",
  },
  { name: "libx11-dev", provides: "/usr/include/X11/Xlib.h", why: "a native module of code-server" },
  {
    name: "libxkbfile-dev",
    provides: "/usr/include/X11/extensions/XKBfile.h",
    why: "a native module of code-server",
  },
];

/** What the tests need on top: real peers to test with. @type {readonly SystemPackage[]} */
export const testPackages = [
  { name: "runc", provides: "/usr/sbin/runc", why: "the fallback OCI runtime is tested too" },
  { name: "docker-registry", provides: "/usr/bin/docker-registry", why: "a real registry to pull from" },
  { name: "skopeo", provides: "/usr/bin/skopeo", why: "fills that registry" },
  {
    name: "debootstrap",
    provides: "/usr/sbin/debootstrap",
    why: "makes the test images from Debian packages",
  },
  { name: "docker.io", provides: "/usr/sbin/dockerd", why: "the same Compose project is run on Docker" },
  {
    name: ["docker-cli", "docker.io"],
    provides: "/usr/bin/docker",
    why: "the stock docker command is a client of the engine",
  },
  { name: "docker-compose", provides: "/usr/bin/docker-compose", why: "a client of the engine" },
  {
    name: "python3-docker",
    provides: "/usr/lib/python3/dist-packages/docker/__init__.py",
    why: "a client of the engine",
  },
  { name: "openssh-server", provides: "/usr/sbin/sshd", why: "a second host in a network namespace" },
  { name: "chromium", provides: "/usr/bin/chromium", why: "opens VS Code for the end-to-end tests" },
  {
    name: "fonts-dejavu-core",
    provides: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    why: "readable screenshots",
  },
  { name: "curl", provides: "/usr/bin/curl", why: "talks to the engine's socket and to published ports" },
  { name: "e2fsprogs", provides: "/sbin/mkfs.ext4", why: "small file systems for the disk-full tests" },
  { name: "procps", provides: "/usr/bin/ps", why: "docker top" },
  { name: "zstd", provides: "/usr/bin/zstd", why: "makes .zst archives to unpack" },
  { name: "libcap2-bin", provides: "/sbin/setcap", why: "gives test files capabilities to keep" },
  { name: "python3", provides: "/usr/bin/python3", why: "runs Docker's Python client" },
  { name: "git", provides: "/usr/bin/git", why: "repositories to build from" },
];

/** What the benches need on top: the engines and builders Berth is measured against. @type {readonly SystemPackage[]} */
export const benchPackages = [
  { name: "podman", provides: "/usr/bin/podman", why: "containers are timed beside it" },
  { name: "buildah", provides: "/usr/bin/buildah", why: "builds are timed beside it" },
  {
    name: "containernetworking-plugins",
    provides: "/usr/lib/cni/bridge",
    why: "podman's bridge networks",
  },
];
