import { asDocker, type BuildCase, byHand, refused } from "./case.ts";

const files = {
  files: { "dir/file": "bound\n", "script.sh": { content: "#!/bin/sh\necho ran > /ran\n", mode: 0o755 } },
};

/** RUN and heredocs. */
export const runCases: readonly BuildCase[] = [
  asDocker(
    "shell form: quotes, pipes, continuation, variables of the shell",
    String.raw`
    FROM busybox
    RUN x=1; echo "$x" '$x' \
        "two  blanks" | tr a-z A-Z > /out && echo \$HOME >> /out
  `,
  ),
  asDocker("exec form has no shell", 'FROM busybox\nENV v=1\nRUN ["/bin/busybox", "touch", "/$v", "/a b"]\n'),
  asDocker(
    "what RUN removes and changes",
    "FROM furnished\nRUN rm /etc/furnished && rm -r /var && mkdir /var && echo new > /etc/group && chmod 700 /root && chown 1:1 /tmp\n",
  ),
  asDocker(
    "a directory emptied and filled anew",
    "FROM busybox\nRUN mkdir /d && echo 1 > /d/1 && echo 2 > /d/2\nRUN rm -r /d && mkdir /d && echo 3 > /d/3\n",
  ),
  asDocker(
    "a file that becomes a directory, and the reverse",
    "FROM busybox\nRUN mkdir /d && echo x > /d/x && echo f > /f\nRUN rm -r /d && echo d > /d && rm /f && mkdir /f && echo y > /f/y\n",
  ),
  asDocker(
    "kinds of files",
    "FROM busybox\nRUN mkfifo /pipe && ln -s /nowhere /dangling && echo h > /h && ln /h /hard && mknod /dev0 c 1 3 && chmod 4755 /h && mkdir -m 1777 /sticky\n",
  ),
  asDocker("nothing changed", 'FROM busybox\nRUN true\nRUN ["/bin/true"]\n'),
  asDocker(
    "only the mode or the owner changed",
    "FROM busybox\nRUN echo x > /x\nRUN chmod 600 /x\nRUN chown 5:5 /x\n",
  ),
  asDocker(
    "the step's own mounts leave nothing",
    "FROM busybox\nRUN cat /etc/resolv.conf /etc/hosts > /dev/null && ls /dev /proc /sys > /dev/null\n",
  ),
  asDocker(
    "what is written below /dev, /proc and /sys is not kept",
    "FROM busybox\nRUN echo x > /dev/shm/x; echo y > /dev/y; true\n",
  ),
  asDocker(
    "the user's home, and its groups",
    "FROM busybox\nUSER nobody\nRUN echo $HOME > /tmp/home && id -G > /tmp/groups\nUSER 1234\nRUN id -g > /tmp/group\n",
  ),
  asDocker("umask", "FROM busybox\nRUN umask > /umask && touch /f && mkdir /d\n"),
  asDocker(
    "names that are not UTF-8, and long ones",
    "FROM busybox\nRUN echo x > /$(printf 'n\\351') && mkdir -p /$(printf 'long%.0s' $(seq 40))/$(printf 'name%.0s' $(seq 50))\n",
  ),
  asDocker(
    "--mount=type=bind from the context and from a stage",
    `
    FROM busybox AS stage
    RUN mkdir /s && echo staged > /s/file
    FROM busybox
    RUN --mount=type=bind,source=dir,target=/in cat /in/file > /a
    RUN --mount=target=/in cat /in/dir/file > /b
    RUN --mount=type=bind,from=stage,source=/s/file,target=/one cat /one > /c
    RUN --mount=type=bind,from=furnished,target=/img cat /img/etc/furnished > /d
  `,
    { ...files, mountPoints: ["/in", "/img"] },
  ),
  asDocker(
    "--mount=type=bind,rw: what is written is dropped",
    "FROM busybox\nRUN --mount=type=bind,source=dir,target=/in,rw echo x > /in/new && cat /in/new > /a\n",
    { ...files, mountPoints: ["/in"] },
  ),
  asDocker(
    "--mount=type=cache: kept between steps, not in the image; mode and owner",
    `
    FROM busybox
    RUN --mount=type=cache,id=c1,target=/cache echo 1 > /cache/x
    RUN --mount=type=cache,id=c1,target=/cache cat /cache/x > /seen
    RUN --mount=type=cache,id=c2,target=/owned,uid=5,gid=6,mode=0750 stat -c '%u %g %a' /owned > /stat
  `,
    { mountPoints: ["/cache", "/owned"] },
  ),
  asDocker(
    "--mount=type=tmpfs",
    "FROM busybox\nRUN --mount=type=tmpfs,target=/t echo x > /t/x && ls /t > /seen\n",
    { mountPoints: ["/t"] },
  ),
  asDocker(
    "a mount below directories that are missing",
    "FROM busybox\nRUN --mount=type=tmpfs,target=/m/n/o echo x > /m/n/o/x\n",
    { mountPoints: ["/m", "/m/n", "/m/n/o"] },
  ),
  asDocker(
    "optional secrets and agents that are not there",
    "FROM busybox\nRUN --mount=type=secret,id=none --mount=type=ssh ls /run > /run-list; true\n",
  ),
  asDocker(
    "several mounts in one RUN",
    "FROM busybox\nRUN --mount=type=bind,source=script.sh,target=/bin/script --mount=type=tmpfs,target=/t /bin/script\n",
    { ...files, mountPoints: ["/t"] },
  ),
  refused("a command that fails", "FROM busybox\nRUN exit 3\n", /exit 3.*(code: 3|exit code 3)/s),
  refused("a command that is not there", 'FROM busybox\nRUN ["/no/such"]\n', /no\/such/),
  refused("a mount without target", "FROM busybox\nRUN --mount=type=tmpfs true\n", /target/),
  refused(
    "a mount of unknown type",
    "FROM busybox\nRUN --mount=type=magic,target=/x true\n",
    /unsupported mount type "magic"/,
  ),
  refused(
    "a mount with an unknown option",
    "FROM busybox\nRUN --mount=type=bind,target=/x,colour=red true\n",
    /colour/,
  ),
  refused(
    "a required secret that is not there",
    "FROM busybox\nRUN --mount=type=secret,id=s,required=true true\n",
    /secret s: not found/,
  ),
  refused(
    "a mounted path that is not there",
    "FROM busybox\nRUN --mount=type=bind,source=none,target=/x true\n",
    /none/,
    files,
  ),
  byHand(
    "--network=none and --security=sandbox",
    "FROM busybox\nRUN --network=none --security=sandbox ls /sys/class/net > /net\n",
    ['/net file 644 0:0 "lo\\n"'],
  ),
  byHand(
    "heredocs: a script, several, with tabs, quoted, for another program",
    [
      "FROM busybox",
      "ENV v=value",
      "RUN <<EOF",
      "echo $v > /script",
      "echo two >> /script",
      "EOF",
      "RUN <<-TABS cat > /tabs",
      "\ttabbed",
      "\t\ttwice",
      "TABS",
      "RUN cat <<A > /a && cat <<'B' > /b",
      "a $v",
      "A",
      "b $v",
      "B",
      "RUN <<EOF",
      "#!/bin/busybox ash",
      "echo shebang $0 | sed 's,/.*/,,' > /shebang",
      "EOF",
    ].join("\n"),
    [
      '/a file 644 0:0 "a value\\n"',
      '/b file 644 0:0 "b $v\\n"',
      '/script file 644 0:0 "value\\ntwo\\n"',
      '/shebang file 644 0:0 "shebang EOF\\n"',
      '/tabs file 644 0:0 "tabbed\\ntwice\\n"',
    ],
  ),
  byHand(
    "heredocs in COPY and ADD",
    [
      "FROM busybox",
      "ARG v=value",
      "COPY <<EOF /expanded",
      "a $v ${none:-n} \\$v",
      "EOF",
      'COPY <<"EOF" /plain',
      "a $v",
      "EOF",
      "COPY --chmod=755 --chown=1:2 <<one <<-two script.sh /many/",
      "1",
      "one",
      "\t2",
      "two",
      "ADD <<EOF /added",
      "",
      "EOF",
    ].join("\n"),
    [
      '/added file 644 0:0 "\\n"',
      '/expanded file 644 0:0 "a value n $v\\n"',
      "/many directory 755 1:2",
      '/many/one file 755 1:2 "1\\n"',
      '/many/script.sh file 755 1:2 "#!/bin/sh\\necho ran > /ran\\n"',
      '/many/two file 755 1:2 "2\\n"',
      '/plain file 644 0:0 "a $v\\n"',
    ],
    files,
  ),
  refused(
    "--security=insecure",
    "FROM busybox\nRUN --security=insecure true\n",
    /security=insecure is not allowed/,
    {},
  ),
  refused("a heredoc without end", "FROM busybox\nRUN <<EOF\necho\n", /unterminated heredoc/),
];
