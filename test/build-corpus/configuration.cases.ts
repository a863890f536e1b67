import { asDocker, type BuildCase, byHand, refused } from "./case.ts";

/** Instructions that only change the image's config. */
export const configurationCases: readonly BuildCase[] = [
  asDocker(
    "CMD and ENTRYPOINT: exec and shell form, and the shell they take",
    `
    FROM busybox AS shell
    ENTRYPOINT echo entry $HOME
    CMD echo "cmd"   two
    FROM shell
    SHELL ["/bin/sh", "-ec"]
    CMD ["with", "a \\"quote\\"", "$NOT"]
    ENTRYPOINT ["/bin/echo"]
  `,
  ),
  asDocker("ENTRYPOINT drops the base's CMD", 'FROM furnished\nENTRYPOINT ["x"]\n'),
  asDocker("ENTRYPOINT leaves a CMD of its own stage", 'FROM furnished\nCMD ["c"]\nENTRYPOINT ["x"]\n'),
  asDocker("CMD and ENTRYPOINT that are empty lists", "FROM furnished\nENTRYPOINT []\nCMD []\n"),
  asDocker("a list that is no JSON is a shell line", "FROM busybox\nCMD ['a', 'b']\nENTRYPOINT [a]\n"),
  asDocker("CMD alone, of a base with everything", "FROM furnished\nCMD echo\n"),
  asDocker("nothing but FROM", "FROM furnished\n"),
  asDocker("a base without PATH", "FROM bare\nRUN echo $PATH > /path\n"),
  asDocker("scratch", "FROM scratch\nCOPY a /\nENV a=$PATH\n", { files: { a: "" } }),
  byHand(
    "scratch with configuration only, which Docker cannot save",
    'FROM scratch\nLABEL a=b\nCMD ["x"]\n',
    [],
    { base: "scratch" },
  ),
  asDocker(
    "LABEL: quoted names and values, old form, several lines, later ones win",
    String.raw`
    FROM furnished
    LABEL "com.example.vendor"="ACME Incorporated" version="1.0"
    LABEL description="This text \
    goes on" multi=1 \
          other=2
    LABEL old form
    LABEL version="2.0" empty="" single='it is'
  `,
  ),
  asDocker("labels of the request come last", "FROM busybox\nLABEL a=1 b=2\n", {
    options: { labels: { b: "3", c: "4" } },
  }),
  asDocker(
    "EXPOSE: protocols, ranges, several",
    `
    FROM furnished
    EXPOSE 80 443/tcp 53/udp 53/UDP
    EXPOSE 7000-7003/udp
    EXPOSE 9/sctp
  `,
  ),
  asDocker(
    "VOLUME: words, JSON, relative",
    `
    FROM furnished
    VOLUME /one /two
    VOLUME ["/three", "/four four"]
    VOLUME five
  `,
  ),
  asDocker(
    "USER: name, number, group",
    "FROM busybox\nUSER nobody\nUSER 1000:1000\nUSER nobody:nogroup\nRUN id -u > /tmp/id && id -g >> /tmp/id\n",
  ),
  asDocker("STOPSIGNAL: name, number", "FROM busybox\nSTOPSIGNAL SIGKILL\nSTOPSIGNAL 9\n"),
  asDocker(
    "SHELL changes RUN, CMD and ENTRYPOINT behind it",
    `
    FROM busybox
    SHELL ["/bin/busybox", "sh", "-x", "-c"]
    RUN echo shell > /shell
    CMD run
    SHELL ["/bin/sh", "-c"]
    ENTRYPOINT entry
  `,
  ),
  asDocker(
    "HEALTHCHECK: options, forms, NONE",
    `
    FROM busybox AS one
    HEALTHCHECK --interval=5m --timeout=3s --start-period=1m30s --retries=3 CMD echo a || exit 1
    FROM busybox AS two
    HEALTHCHECK --interval=1.5s CMD ["a", "b"]
    FROM one
    HEALTHCHECK NONE
    FROM one
    COPY --from=two /etc/passwd /p
  `,
  ),
  asDocker("HEALTHCHECK NONE", "FROM furnished\nHEALTHCHECK NONE\n"),
  asDocker("HEALTHCHECK in exec form", 'FROM furnished\nHEALTHCHECK --retries=2 CMD ["/bin/true"]\n'),
  byHand(
    "HEALTHCHECK --start-interval",
    "FROM busybox\nHEALTHCHECK --start-interval=2s --start-period=1s CMD x\n",
    [],
    {
      image: {
        config: { Healthcheck: { Test: ["CMD-SHELL", "x"], StartPeriod: 1e9, StartInterval: 2e9 } },
        history: ['HEALTHCHECK &{["CMD-SHELL" "x"] "0s" "0s" "1s" "2s" \'\\x00\'}'],
      },
    },
  ),
  asDocker("MAINTAINER", "FROM busybox\nMAINTAINER Some One <one@example.com>\n"),
  asDocker("MAINTAINER of a base stays", "FROM furnished\nRUN true\n"),
  asDocker(
    "WORKDIR: absolute, relative, variables, from a base, trailing slash",
    `
    FROM furnished
    WORKDIR sub
    WORKDIR deeper/../other/
    ENV d=/var/x
    WORKDIR $d/y
    RUN pwd > /pwd
  `,
  ),
  asDocker(
    "WORKDIR makes directories, root's, whoever USER is",
    "FROM busybox\nUSER nobody\nWORKDIR /a/b/c\nRUN id -u > /tmp/id\n",
  ),
  byHand(
    "WORKDIR of a directory that is there makes no layer",
    "FROM busybox\nWORKDIR /etc\nWORKDIR /\n",
    [],
    {
      image: { config: { WorkingDir: "/" }, history: ["WORKDIR /etc", "WORKDIR /"] },
    },
  ),
  asDocker(
    "WORKDIR through a link",
    "FROM busybox\nRUN mkdir /real && ln -s /real /link\nWORKDIR /link/sub\nRUN echo x > file\n",
  ),
  asDocker(
    "ONBUILD: kept for the next build, in order",
    `
    FROM busybox
    ONBUILD RUN echo trigger > /t
    ONBUILD COPY a b /
    ONBUILD env  x=1
    ONBUILD CMD ["a"]
  `,
  ),
  asDocker("ONBUILD of a base runs, once", "FROM triggers\nRUN echo own > /own\n", {
    files: { "a.txt": "a\n" },
  }),
  asDocker(
    "ONBUILD of a stage runs in the stage on top",
    "FROM busybox AS a\nONBUILD RUN echo t > /t\nFROM a\nRUN ls /t > /seen\n",
  ),
  refused("ONBUILD ONBUILD", "FROM busybox\nONBUILD ONBUILD RUN x\n", /ONBUILD ONBUILD/),
  refused("ONBUILD FROM", "FROM busybox\nONBUILD FROM x\n", /FROM isn't allowed as an ONBUILD trigger/),
  refused(
    "SHELL that is no list",
    "FROM busybox\nSHELL /bin/sh -c\n",
    /SHELL requires the arguments to be in JSON form/,
  ),
  refused("STOPSIGNAL that is none", "FROM busybox\nSTOPSIGNAL SIGNOTHING\n", /invalid signal: SIGNOTHING/i),
  refused("EXPOSE of no port", "FROM busybox\nEXPOSE http\n", /invalid containerPort: http/),
  refused("EXPOSE out of range", "FROM busybox\nEXPOSE 70000\n", /invalid containerPort: 70000/),
  refused(
    "HEALTHCHECK of an unknown kind",
    "FROM busybox\nHEALTHCHECK RUN x\n",
    /Unknown type "RUN" in HEALTHCHECK/,
  ),
  refused(
    "HEALTHCHECK with a bad duration",
    "FROM busybox\nHEALTHCHECK --interval=5 CMD x\n",
    /invalid duration "5"/,
  ),
  refused("an unknown instruction", "FROM busybox\nRUNN x\n", /^Dockerfile:2: unknown instruction: RUNN/),
  refused("no FROM", "RUN x\n", /^Dockerfile:1: /),
  refused(
    "an unknown flag",
    "FROM busybox\nRUN --mout=type=tmpfs,target=/x true\n",
    /^Dockerfile:2: RUN has no flag --mout/,
  ),
  refused("an empty VOLUME", 'FROM busybox\nVOLUME ""\n', /VOLUME specified can not be an empty string/),
];
