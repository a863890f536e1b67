import { asDocker, type BuildCase, byHand, refused } from "./case.ts";

/** ENV, ARG, their scopes, and how variables are expanded. */
export const environmentCases: readonly BuildCase[] = [
  asDocker(
    "ENV: pairs, quotes, escapes, continuation, old form",
    String.raw`
    FROM busybox
    ENV one=1 two="2 and more" three='single $one' four=a\ b \
        five="es\"caped"
    ENV old form of   it
    ENV empty= one=changed
    RUN env | grep -v -e ^HOSTNAME -e ^HOME -e ^PWD -e ^SHLVL | sort > /env
  `,
  ),
  asDocker(
    "ENV: all pairs of one instruction see the environment before it",
    `
    FROM busybox
    ENV abc=hello
    ENV abc=bye def=$abc
    ENV ghi=$abc
  `,
  ),
  asDocker(
    "variables in COPY, WORKDIR, USER, LABEL, EXPOSE, VOLUME, STOPSIGNAL, ADD",
    `
    FROM busybox
    ENV dir=/data user=12:34 port=8080 signal=SIGINT file=a
    WORKDIR $dir/sub
    COPY $file.txt \${dir}/copied
    ADD \${file}.txt added
    LABEL "the-$file"="$dir" other='$dir' third=\${port}
    EXPOSE $port \${port}/udp
    VOLUME \${dir}/v $dir/w
    STOPSIGNAL $signal
    USER $user
  `,
    { files: { "a.txt": "a\n" } },
  ),
  asDocker(
    "modifiers :- and :+",
    `
    FROM busybox
    ENV set=value
    ENV a=\${set:-other} b=\${unset:-other} c=\${set:+other} d=\${unset:+other} e=\${unset:-\${set}} f=x\${unset}y
  `,
  ),
  asDocker(
    "escaped and quoted dollars stay",
    String.raw`
    FROM busybox
    ENV x=1
    ENV a=\$x b='$x' c="$x" d="\$x" e=\\$x
    LABEL l=\$x m="a\\b"
  `,
  ),
  asDocker(
    "ARG: default, given, given but unset, without a value, used by RUN and ENV",
    `
    FROM busybox
    ARG plain
    ARG with=default
    ARG given=default
    ENV from_arg=$with from_given=\${given:-none} from_plain=\${plain:-none}
    RUN echo "$plain-$with-$given" > /args
  `,
    { options: { buildArgs: { given: "by request" } } },
  ),
  asDocker(
    "ARG before FROM: in FROM, and in a stage only when declared again",
    `
    ARG base=busybox
    ARG version=1
    FROM $base AS one
    RUN echo "[$version]" > /undeclared
    ARG version
    RUN echo "[$version]" > /declared
    FROM \${base}:latest
    ARG version=2
    COPY --from=one /undeclared /declared /
    RUN echo "[$version]" > /own
  `,
    { options: { buildArgs: { version: "3" } } },
  ),
  asDocker(
    "ENV wins over ARG, whatever order they stand in",
    `
    FROM busybox
    ARG a=arg
    ENV a=env
    ENV b=env
    ARG b=arg
    RUN echo $a $b > /who
    LABEL who="$a $b"
  `,
    { options: { buildArgs: { a: "given" } } },
  ),
  asDocker(
    "ARG: several in one line, quoted, from another",
    `
    FROM busybox
    ARG one=1 two="2 2"
    ARG three=$one-$two
    RUN echo "$three" > /three
  `,
  ),
  asDocker(
    "automatic platform arguments",
    `
    FROM busybox
    ARG TARGETOS
    ARG TARGETARCH
    ARG BUILDPLATFORM
    ARG TARGETPLATFORM
    RUN echo $TARGETOS $TARGETARCH $BUILDPLATFORM $TARGETPLATFORM > /platform
  `,
  ),
  asDocker(
    "proxy arguments need no ARG and are in no history",
    `
    FROM busybox
    RUN echo "$HTTP_PROXY $http_proxy $NO_PROXY $no_proxy" > /proxies
  `,
    { options: { buildArgs: { HTTP_PROXY: "http://proxy.invalid:1", no_proxy: "localhost" } } },
  ),
  asDocker(
    "arguments in RUN's history are sorted by nothing but their order",
    `
    FROM busybox
    ARG zebra=1
    ARG apple=2
    RUN true
    ENV apple=3
    RUN true
  `,
  ),
  asDocker(
    "the stage below hands on its environment, not its arguments",
    `
    FROM busybox AS below
    ARG a=1
    ENV e=$a
    FROM below
    RUN echo "[$a][$e]" > /seen
  `,
  ),
  asDocker(
    "escape directive",
    [
      "# escape=`",
      "FROM busybox",
      "ENV a=x` y b=c:\\dir",
      "RUN echo one `",
      "    two > /out",
      'COPY ["a b.txt", "/"]',
    ].join("\n"),
    { files: { "a b.txt": "" } },
  ),
  asDocker(
    "comments, blank lines and indentation inside of instructions",
    String.raw`
    # first
    FROM busybox

       # indented comment
    RUN echo a > /a && \
        # in the middle
        echo b > /b && \

        echo c > /c
      ENV x=1 \
    # between
        y=2
  `,
  ),
  asDocker("instructions in any case", 'from busybox\nEnv a=1\nrun echo x > /x\ncmd ["a"]\n'),
  asDocker(
    "a byte order mark and CRLF line ends",
    "\uFEFFFROM busybox\r\nENV a=1\r\nRUN echo x \\\r\n  > /x\r\n",
  ),
  byHand(
    "modifiers without a colon, with patterns and with replacements",
    `
    FROM busybox
    ENV path=/usr/local/lib/libfoo.so.1 empty= dots=a.b.c
    ENV a=\${empty-other} b=\${unset-other} c=\${empty+other} d=\${unset+other}
    ENV e=\${path#*/} f=\${path##*/} g=\${path%/*} h=\${path%%/*} i=\${path%.?}
    ENV j=\${dots/./-} k=\${dots//./-} l=\${dots/b} m=\${path//\\/lib/X}
  `,
    [],
    {
      image: {
        config: {
          Env: [
            ...["PATH=/bin", "path=/usr/local/lib/libfoo.so.1", "empty=", "dots=a.b.c"],
            ...["a=", "b=other", "c=other", "d="],
            ...[
              "e=usr/local/lib/libfoo.so.1",
              "f=libfoo.so.1",
              "g=/usr/local/lib",
              "h=",
              "i=/usr/local/lib/libfoo.so",
            ],
            ...["j=a-b.c", "k=a-b-c", "l=a..c", "m=/usr/localXXfoo.so.1"],
          ],
        },
      },
    },
  ),
  refused(
    "a variable that must be set",
    'FROM busybox\nENV a="${missing:?say it}"\n',
    /^Dockerfile:2: ENV .*missing: say it/,
  ),
  refused("a modifier that is none", "FROM busybox\nENV a=${b:x}\n", /unsupported modifier \(:x\)/),
  refused("a brace that is not closed", "FROM busybox\nENV a=${b\n", /missing '}'/),
  refused("ENV without value", "FROM busybox\nENV name\n", /ENV must have two arguments/),
];
