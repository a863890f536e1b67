import { tarFile } from "./archives.ts";
import { asDocker, type BuildCase, byHand, refused } from "./case.ts";

/** What archives hold. */
const inside = [
  { name: "top", content: "top\n", mode: 0o640, uid: 7, gid: 8 },
  { name: "d/", mode: 0o711, uid: 7, gid: 8 },
  { name: "d/inner", content: "inner\n", mode: 0o755 },
  { name: "d/link", link: "inner" },
];
const files = {
  files: {
    "plain.txt": "plain\n",
    "a.tar": { content: tarFile(inside), mode: 0o644 },
    "a.tar.gz": { content: tarFile(inside, "gzip"), mode: 0o644 },
    "a.tar.bz2": { content: tarFile(inside, "bzip2"), mode: 0o644 },
    "a.tar.xz": { content: tarFile(inside, "xz"), mode: 0o644 },
    "named-like.tar": "no archive\n",
    "dir/x": "x\n",
  },
};

/** ADD of files and archives; of addresses and repositories in `build-remote.root.test.ts`. */
export const addCases: readonly BuildCase[] = [
  asDocker(
    "files and directories as COPY does",
    "FROM busybox\nADD plain.txt /x\nADD plain.txt dir /y/\nADD --chown=1:2 dir /z\n",
    files,
  ),
  asDocker("a tar archive is unpacked", "FROM busybox\nADD a.tar /t/\n", files),
  asDocker(
    "compressed archives are unpacked",
    "FROM busybox\nADD a.tar.gz /gz/\nADD a.tar.bz2 /bz2/\nADD a.tar.xz /xz/\n",
    files,
  ),
  asDocker("an archive goes into a directory, slash or not", "FROM busybox\nADD a.tar /t\n", files),
  asDocker(
    "an archive over what is there",
    "FROM busybox\nRUN mkdir -p /t/d && echo old > /t/top && echo kept > /t/d/kept\nADD a.tar /t\n",
    files,
  ),
  asDocker("--chown and archives", "FROM busybox\nADD --chown=3:4 a.tar /t/\n", files),
  asDocker("what only looks like an archive is copied", "FROM busybox\nADD named-like.tar /t/\n", files),
  asDocker("COPY does not unpack", "FROM busybox\nCOPY a.tar /t/\n", files),
  byHand(
    "--unpack=false keeps the archive",
    "FROM busybox\nADD --unpack=false named-like.tar a.tar /t/\nRUN tar -tf /t/a.tar > /list && rm /t/a.tar\n",
    [
      '/list file 644 0:0 "top\\nd/\\nd/inner\\nd/link\\n"',
      "/t directory 755 0:0",
      '/t/named-like.tar file 644 0:0 "no archive\\n"',
    ],
    files,
  ),
  byHand(
    "--exclude and --chmod",
    "FROM busybox\nADD --exclude=x --chmod=600 dir plain.txt /t/\n",
    ["/t directory 755 0:0", '/t/plain.txt file 600 0:0 "plain\\n"'],
    files,
  ),
  refused(
    "--from",
    "FROM busybox\nADD --from=busybox /x /\n",
    /^Dockerfile:2: ADD has no flag --from/,
    files,
  ),
  refused(
    "--checksum of a local file",
    `FROM busybox\nADD --checksum=sha256:${"0".repeat(64)} plain.txt /\n`,
    /checksum/,
    {
      ...files,
    },
  ),
];
