import { asDocker, type BuildCase, byHand, type ContextFile, refused } from "./case.ts";

const tree: Readonly<Record<string, ContextFile>> = {
  "a.txt": "a\n",
  "b.txt": "b\n",
  "run.sh": { content: "#!/bin/sh\n", mode: 0o755 },
  secret: { content: "s", mode: 0o600 },
  setuid: { content: "u", mode: 0o4755 },
  "dir/one": "1\n",
  "dir/sub/two": "2\n",
  "dir/sub/deep/three": "3\n",
  "dir/link": { link: "sub/two" },
  "dir/dangling": { link: "/nowhere" },
  tight: { directoryMode: 0o700 },
  "tight/file": "t",
  empty: { directoryMode: 0o755 },
  "link-to-dir": { link: "dir" },
  "link-to-file": { link: "a.txt" },
  "with space.txt": "blank\n",
  "[odd]": "odd\n",
  ünï: "name\n",
};
const files = { files: tree };

/** COPY. */
export const copyCases: readonly BuildCase[] = [
  asDocker("the whole context", "FROM busybox\nCOPY . /all/\n", files),
  asDocker(
    "file to file, file to directory, several to a directory",
    "FROM busybox\nCOPY a.txt /x\nCOPY a.txt /y/\nCOPY a.txt b.txt /z/\n",
    files,
  ),
  asDocker("modes and special bits are kept", "FROM busybox\nCOPY run.sh secret setuid tight /m/\n", files),
  asDocker(
    "a directory copies what is in it",
    "FROM busybox\nCOPY dir /d1\nCOPY dir /d2/\nCOPY dir/ /d3\n",
    files,
  ),
  asDocker(
    "over files that are there",
    "FROM busybox\nRUN mkdir -p /d/sub && echo old > /d/one && echo keep > /d/kept\nCOPY dir /d\n",
    files,
  ),
  asDocker(
    "over a directory's mode",
    "FROM busybox\nRUN mkdir -m 700 /d && chown 5:6 /d\nCOPY dir /d\nCOPY tight /tight\n",
    files,
  ),
  asDocker(
    "relative to WORKDIR",
    "FROM busybox\nWORKDIR /w\nCOPY a.txt .\nCOPY b.txt ./\nCOPY a.txt sub/x\nCOPY dir dir\nCOPY run.sh ../up\n",
    files,
  ),
  asDocker(
    "wildcards",
    "FROM busybox\nCOPY *.txt /t/\nCOPY ?.txt /q/\nCOPY [a-b].txt /c/\nCOPY dir/s*/t* /s/\n",
    files,
  ),
  asDocker("a wildcard that matches directories", "FROM busybox\nCOPY d* /d/\n", files),
  asDocker("escaped wildcard characters", "FROM busybox\nCOPY [[]odd] /o/\n", files),
  asDocker(
    "JSON form and names with blanks",
    'FROM busybox\nCOPY ["with space.txt", "a.txt", "/j j/"]\nCOPY ünï /\n',
    files,
  ),
  asDocker(
    "links in the context: copied as links inside, followed at the top",
    "FROM busybox\nCOPY dir /d\nCOPY link-to-file /f\nCOPY link-to-dir /l\n",
    files,
  ),
  asDocker(
    "--chown by number and by name",
    "FROM busybox\nCOPY --chown=1:2 a.txt /n\nCOPY --chown=nobody b.txt /u\nCOPY --chown=nobody:nogroup dir /d\nCOPY --chown=7 run.sh /s/\n",
    files,
  ),
  asDocker("--chown with variables", "FROM busybox\nARG id=11\nCOPY --chown=$id:${id} a.txt /n\n", files),
  asDocker(
    "--chmod",
    "FROM busybox\nCOPY --chmod=0640 a.txt /a\nCOPY --chmod=755 dir /d\nCOPY --chmod=0600 --chown=3:4 run.sh /o\n",
    files,
  ),
  asDocker(
    "directories that are missing are made, root's",
    "FROM busybox\nUSER nobody\nCOPY --chown=1:2 a.txt /x/y/z/\nCOPY a.txt /p/q/file\n",
    files,
  ),
  asDocker(
    "to a destination that is a link",
    "FROM busybox\nRUN mkdir /real && ln -s /real /link && ln -s real /rel\nCOPY a.txt /link/\nCOPY b.txt /rel\nCOPY dir /link/d\n",
    files,
  ),
  asDocker(
    "a destination link that leads out of the root stays inside",
    "FROM busybox\nRUN ln -s ../../../../tmp /up\nCOPY a.txt /up/\n",
    files,
  ),
  asDocker(
    "onto a file that is a link",
    "FROM busybox\nRUN echo target > /target && ln -s /target /l\nCOPY a.txt /l\n",
    files,
  ),
  asDocker(
    "--from a stage by name, by number, from an image",
    `
    FROM busybox AS first
    RUN mkdir -p /out/sub && echo 1 > /out/one && echo 2 > /out/sub/two && chown -R 9:9 /out && chmod 711 /out/sub && ln -s one /out/link
    FROM busybox AS Second
    RUN echo s > /s
    FROM busybox
    COPY --from=first /out /a
    COPY --from=0 /out/sub /b/
    COPY --from=second /s /
    COPY --from=furnished /etc/furnished /f
    COPY --from=first --chown=1:1 out/one rel/
  `,
  ),
  byHand(
    "--from copies pipes, which Debian's BuildKit leaves out",
    "FROM busybox AS first\nRUN mkdir /o && mkfifo /o/pipe\nFROM busybox\nCOPY --from=first /o /o\n",
    ["/o directory 755 0:0", "/o/pipe fifo 644 0:0 0:0"],
  ),
  asDocker(
    "--from keeps file capabilities, into a new directory and among other files",
    `
    FROM busybox AS base
    RUN mkdir /full && echo x > /full/x && echo old > /full/raw
    FROM base
    COPY --from=furnished /usr /new
    COPY --from=furnished /usr /full
    COPY --from=furnished /usr/raw /raw
  `,
  ),
  asDocker(
    "--from keeps hard links, special files and times",
    `
    FROM busybox AS first
    RUN mkdir /o && echo x > /o/a && ln /o/a /o/b && touch -d @1000000000 /o/a
    FROM busybox
    COPY --from=first /o /o
  `,
  ),
  asDocker(
    "--from with wildcards and links",
    `
    FROM busybox AS first
    RUN mkdir -p /o/x && echo 1 > /o/x/1.bin && echo 2 > /o/x/2.bin && ln -s /o/x /way && ln -s x/1.bin /o/l.bin
    FROM busybox
    COPY --from=first /o/x/*.bin /bins/
    COPY --from=first /way /w
    COPY --from=first /way/1.bin /w1
    COPY --from=first /o/l.bin /followed
  `,
  ),
  asDocker(
    "a stage's variables in --from's paths",
    "FROM busybox AS a\nRUN echo x > /x\nFROM busybox\nENV p=/x\nCOPY --from=a $p /y\n",
  ),
  asDocker(
    "nothing but the target's stages",
    "FROM busybox AS a\nRUN echo a > /a\nFROM busybox AS never\nRUN false\nFROM a AS want\nRUN echo b > /b\nFROM never\n",
    { options: { target: "want" } },
  ),
  byHand(
    "a target by number",
    "FROM busybox\nRUN echo 0 > /0\nFROM busybox\nRUN false\n",
    ['/0 file 644 0:0 "0\\n"'],
    { options: { target: "0" } },
  ),
  asDocker(
    "a stage that hides an image's name",
    "FROM busybox AS furnished\nRUN echo mine > /mine\nFROM furnished\nCOPY --from=furnished /mine /copied\n",
  ),
  asDocker(
    "FROM --platform",
    "FROM --platform=linux/amd64 busybox AS a\nFROM --platform=$BUILDPLATFORM busybox\nCOPY --from=a /etc/passwd /p\n",
  ),
  byHand(
    "--link",
    "FROM busybox\nRUN mkdir -m 700 /d\nCOPY --link a.txt /d/\nCOPY --link --chown=1:2 dir/one /new/\n",
    [
      "/d directory 755 0:0",
      '/d/a.txt file 644 0:0 "a\\n"',
      "/new directory 755 1:2",
      '/new/one file 644 1:2 "1\\n"',
    ],
    files,
  ),
  byHand(
    "--parents, with and without a pivot",
    "FROM busybox\nCOPY --parents dir/sub/two a.txt /p/\nCOPY --parents dir/./sub/deep /q/\nCOPY --parents ./dir/*/deep/ /r/\n",
    [
      "/p directory 755 0:0",
      '/p/a.txt file 644 0:0 "a\\n"',
      "/p/dir directory 755 0:0",
      "/p/dir/sub directory 755 0:0",
      '/p/dir/sub/two file 644 0:0 "2\\n"',
      "/q directory 755 0:0",
      "/q/sub directory 755 0:0",
      "/q/sub/deep directory 755 0:0",
      '/q/sub/deep/three file 644 0:0 "3\\n"',
      "/r directory 755 0:0",
      "/r/dir directory 755 0:0",
      "/r/dir/sub directory 755 0:0",
      "/r/dir/sub/deep directory 755 0:0",
      '/r/dir/sub/deep/three file 644 0:0 "3\\n"',
    ],
    files,
  ),
  byHand(
    "--exclude, several, with wildcards",
    "FROM busybox\nCOPY --exclude=sub/deep --exclude=d* dir /d/\nCOPY --exclude=b.* *.txt /t/\n",
    [
      "/d directory 755 0:0",
      "/d/link symlink 0:0 -> sub/two",
      '/d/one file 644 0:0 "1\\n"',
      "/d/sub directory 755 0:0",
      '/d/sub/two file 644 0:0 "2\\n"',
      "/t directory 755 0:0",
      '/t/a.txt file 644 0:0 "a\\n"',
      '/t/with space.txt file 644 0:0 "blank\\n"',
    ],
    files,
  ),
  byHand(
    "--chmod with special bits, which Debian's BuildKit drops",
    "FROM busybox\nCOPY --chmod=4711 a.txt /a\n",
    ['/a file 4711 0:0 "a\\n"'],
    files,
  ),
  byHand(
    "symbolic --chmod",
    "FROM busybox\nCOPY --chmod=u=rwX,go=rX dir /d\nCOPY --chmod=g+w,o-r a.txt /a\nCOPY --chmod=a+x b.txt /b\n",
    [
      '/a file 660 0:0 "a\\n"',
      '/b file 755 0:0 "b\\n"',
      "/d directory 755 0:0",
      "/d/dangling symlink 0:0 -> /nowhere",
      "/d/link symlink 0:0 -> sub/two",
      '/d/one file 644 0:0 "1\\n"',
      "/d/sub directory 755 0:0",
      "/d/sub/deep directory 755 0:0",
      '/d/sub/deep/three file 644 0:0 "3\\n"',
      '/d/sub/two file 644 0:0 "2\\n"',
    ],
    files,
  ),
  byHand(
    "--chmod with a variable",
    "FROM busybox\nARG mode=0600\nCOPY --chmod=$mode a.txt /a\n",
    ['/a file 600 0:0 "a\\n"'],
    files,
  ),
  refused(
    "a file that is not there",
    "FROM busybox\nCOPY missing /\n",
    /^Dockerfile:2: COPY missing \/: .*missing/,
    files,
  ),
  refused(
    "a path above the context",
    "FROM busybox\nCOPY ../../etc/passwd /p\n",
    /^Dockerfile:2: COPY .*forbidden path outside the build context/,
    files,
  ),
  refused(
    "several sources and no directory",
    "FROM busybox\nCOPY a.txt b.txt /x\n",
    /must be a directory and end with a \//,
    {
      ...files,
      docker: "is lax",
    },
  ),
  refused("only one argument", "FROM busybox\nCOPY a.txt\n", /COPY requires at least two arguments/, files),
  refused(
    "a stage that comes later",
    "FROM busybox AS a\nCOPY --from=1 /x /\nFROM a\n",
    /^Dockerfile:2: --from=1: there is no earlier stage/,
    files,
  ),
  asDocker(
    "a bad reference in a stage that is not built",
    "FROM busybox AS a\nCOPY --from=1 /x /\nFROM busybox\n",
  ),
  refused(
    "itself",
    "FROM busybox AS a\nCOPY --from=a /bin/sh /x\n",
    /circular dependency detected on stage: a/,
    files,
  ),
  refused("a bad --chmod", "FROM busybox\nCOPY --chmod=999 a.txt /x\n", /^Dockerfile:2: .*invalid chmod/, {
    ...files,
    docker: "is lax",
  }),
];
