import type { InstructionName } from "../../../runtime/model/dockerfile/vocabulary.ts";

/** What hover and completion tell about an instruction. */
export interface InstructionReference {
  readonly syntax: string;
  readonly about: string;
  /** Inserted on completion; `$1`, `${1:x}` are places to fill in. */
  readonly snippet: string;
}

/** The instructions of the language in Berth's own words. */
export const INSTRUCTIONS: Readonly<Record<InstructionName, InstructionReference>> = {
  ADD: {
    syntax: "ADD [--chown=] [--chmod=] [--checksum=] [--link] SOURCE… DESTINATION",
    about:
      "Adds files to the image like COPY; also downloads addresses, clones Git repositories and unpacks local archives.",
    snippet: "ADD ${1:source} ${2:destination}",
  },
  ARG: {
    syntax: "ARG NAME[=DEFAULT]…",
    about:
      "A variable of the build, set with `--build-arg`. It is seen from here to the end of the stage; before the first FROM it is seen in FROM only. It is not set in containers.",
    snippet: "ARG ${1:NAME}=${2:default}",
  },
  CMD: {
    syntax: 'CMD ["program", "argument"…]',
    about:
      "What a container runs when nothing else is said, or the arguments of ENTRYPOINT. Only the last one of a stage counts. Write a JSON array, so that the program gets signals itself.",
    snippet: 'CMD ["${1:program}"]',
  },
  COPY: {
    syntax: "COPY [--from=STAGE] [--chown=] [--chmod=] [--link] SOURCE… DESTINATION",
    about:
      "Copies files from the build context, or with `--from` from another stage or image. Sources are relative to the context; a destination that ends with a slash is a directory.",
    snippet: "COPY ${1:source} ${2:destination}",
  },
  ENTRYPOINT: {
    syntax: 'ENTRYPOINT ["program", "argument"…]',
    about: "The program a container always runs; CMD or the arguments of `run` follow it.",
    snippet: 'ENTRYPOINT ["${1:program}"]',
  },
  ENV: {
    syntax: "ENV NAME=VALUE…",
    about:
      "Sets environment variables for the instructions that follow, for stages built on this one, and for containers.",
    snippet: "ENV ${1:NAME}=${2:value}",
  },
  EXPOSE: {
    syntax: "EXPOSE PORT[/PROTOCOL]…",
    about: "Says which ports the program listens on. Nothing is published: `run -p` does that.",
    snippet: "EXPOSE ${1:80}",
  },
  FROM: {
    syntax: "FROM [--platform=] IMAGE [AS NAME]",
    about:
      "Begins a stage on an image, on an earlier stage, or on `scratch`, which is empty. The last stage is what is built, unless a target is given.",
    snippet: "FROM ${1:image}",
  },
  HEALTHCHECK: {
    syntax: "HEALTHCHECK [--interval=] [--timeout=] [--start-period=] [--retries=] CMD command",
    about:
      "A command the engine runs in the container to learn whether it works: exit code 0 means healthy. `HEALTHCHECK NONE` switches off the base image's.",
    snippet: "HEALTHCHECK --interval=${1:30s} --timeout=${2:5s} CMD ${3:command}",
  },
  LABEL: {
    syntax: "LABEL KEY=VALUE…",
    about: "Adds facts about the image for people and tools.",
    snippet: 'LABEL ${1:org.opencontainers.image.title}="${2:value}"',
  },
  MAINTAINER: {
    syntax: "MAINTAINER NAME",
    about: "Deprecated: use `LABEL org.opencontainers.image.authors=…`.",
    snippet: "MAINTAINER ${1:name}",
  },
  ONBUILD: {
    syntax: "ONBUILD INSTRUCTION",
    about: "Keeps an instruction for later: it runs at the start of every build on this image.",
    snippet: "ONBUILD ${1:instruction}",
  },
  RUN: {
    syntax: "RUN [--mount=] [--network=] COMMAND",
    about:
      "Runs a command in a new layer. Shell form goes to `/bin/sh -c`; a JSON array is run as it is; `<<EOF` gives a script.",
    snippet: "RUN ${1:command}",
  },
  SHELL: {
    syntax: 'SHELL ["program", "argument"…]',
    about: "The shell that runs commands in shell form from here on.",
    snippet: 'SHELL ["${1:/bin/bash}", "-o", "pipefail", "-c"]',
  },
  STOPSIGNAL: {
    syntax: "STOPSIGNAL SIGNAL",
    about: "The signal that asks the container to stop; SIGTERM by default.",
    snippet: "STOPSIGNAL ${1:SIGTERM}",
  },
  USER: {
    syntax: "USER NAME[:GROUP]",
    about: "Who runs the instructions that follow and the container: a name of the image, or a number.",
    snippet: "USER ${1:1000}",
  },
  VOLUME: {
    syntax: 'VOLUME ["/path"…]',
    about: "Paths kept outside the container: each container gets a volume there unless one is given.",
    snippet: 'VOLUME ["${1:/data}"]',
  },
  WORKDIR: {
    syntax: "WORKDIR PATH",
    about: "The directory of the instructions that follow and of the container; made if it is not there.",
    snippet: "WORKDIR ${1:/app}",
  },
};

/** What a flag is for, by `INSTRUCTION.flag` or `flag` where all instructions mean the same. */
export const FLAGS: Readonly<Record<string, string>> = {
  chown: "Owner of the copied files: `user:group`, names of the image or numbers.",
  chmod: "Permissions of the copied files, for example `755`.",
  link: "Copies into a layer of its own that does not depend on the ones before: it stays valid when they change.",
  "keep-git-dir": "Keeps `.git` of a cloned repository.",
  checksum: "Digest the download must have: `sha256:…`.",
  exclude: "Pattern of files that are left out.",
  unpack: "Whether an archive is unpacked.",
  from: "A stage, an image or a named context to copy from instead of the build context.",
  parents: "Keeps the sources' parent directories.",
  platform: "The platform of the image, for example `$BUILDPLATFORM` or `linux/arm64`.",
  interval: "Time between two checks; 30s by default.",
  timeout: "How long one check may take; 30s by default.",
  "start-period": "Time to start in which failures do not count.",
  "start-interval": "Time between two checks while starting; 5s by default.",
  retries: "Failures in a row after which the container is unhealthy; 3 by default.",
  mount: "Something mounted during this command only: `type=cache`, `bind`, `secret`, `ssh` or `tmpfs`.",
  network: "Network of this command: `default`, `none` or `host`.",
  security: "`insecure` runs with extended privileges.",
  device: "Devices for this command.",
};

/** Well-known values of flags. */
export const FLAG_VALUES: Readonly<Record<string, readonly string[]>> = {
  chmod: ["755", "644", "0755", "u=rwX,go=rX"],
  device: ["vendor.com/gpu=all"],
  parents: ["true", "false"],
  unpack: ["true", "false"],
  "keep-git-dir": ["true", "false"],
  checksum: ["sha256:"],
  platform: ["$BUILDPLATFORM", "linux/amd64", "linux/arm64", "linux/arm/v7"],
  network: ["default", "none", "host"],
  security: ["sandbox", "insecure"],
  link: ["true", "false"],
  interval: ["30s"],
  timeout: ["5s"],
  "start-period": ["10s"],
  "start-interval": ["5s"],
  retries: ["3"],
};

/** Base images offered where no engine or registry is asked. */
export const COMMON_IMAGES: readonly string[] = [
  "alpine",
  "amazoncorretto",
  "busybox",
  "debian",
  "eclipse-temurin",
  "fedora",
  "golang",
  "gradle",
  "httpd",
  "maven",
  "mysql",
  "nginx",
  "node",
  "php",
  "postgres",
  "python",
  "redis",
  "ruby",
  "rust",
  "ubuntu",
];
