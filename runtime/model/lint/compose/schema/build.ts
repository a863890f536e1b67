import {
  flag,
  list,
  mapping,
  named,
  number,
  oneOf,
  optional,
  pairs,
  type Schema,
  text,
  textOrTexts,
  texts,
} from "./shape.ts";

const ULIMIT: Schema = {
  oneOf: [
    { type: ["integer", "string"] },
    mapping(
      "Soft and hard limit.",
      {
        soft: number("The limit a process starts with."),
        hard: number("How far a process may raise its limit."),
      },
      ["soft", "hard"],
    ),
  ],
};

/** Resource limits of processes. */
export const ULIMITS: Schema = named(
  "Limits of each process, by name: `nofile`, `nproc`, … A number sets soft and hard.",
  ULIMIT,
);

/** `name:address` or `name=address`, as a list or mapping. */
export const EXTRA_HOSTS: Schema = {
  description: "Names added to /etc/hosts, as `name=address`. `host-gateway` stands for the host.",
  oneOf: [
    { type: "object", additionalProperties: { type: ["string", "array"] } },
    { type: "array", items: { type: "string" } },
  ],
};

/** A grant of a secret or config, in short or long form. */
export function grants(what: string): Schema {
  const long = mapping(`How the ${what} appears in the container.`, {
    source: text(`Name of the ${what} in the top-level section.`),
    target: text("File name or path in the container."),
    uid: text("Owner of the file."),
    gid: text("Group of the file."),
    mode: number("Permissions of the file, in octal."),
  });
  return list(`The ${what}s this service may read; each must be declared at the top level.`, {
    oneOf: [{ type: "string" }, long],
  });
}

const BUILD_FORM = mapping("How the image is built.", {
  context: text("Directory with the Dockerfile and the files it copies, or the address of a Git repository."),
  dockerfile: text("The Dockerfile, relative to the context."),
  dockerfile_inline: text("The Dockerfile's content. Excludes `dockerfile`."),
  entitlements: texts("Extra rights of the build, such as `network.host`."),
  args: pairs("Values for the Dockerfile's ARGs."),
  ssh: pairs("SSH agents or keys the build may use with `RUN --mount=type=ssh`."),
  labels: pairs("Labels of the image."),
  cache_from: texts("Images or stores to take cached layers from."),
  cache_to: texts("Where to export the build cache to."),
  no_cache: flag("Build without the cache."),
  additional_contexts: pairs("Further named contexts for FROM and COPY --from."),
  network: text("Network of RUN instructions during the build."),
  provenance: {
    type: ["string", "boolean"],
    description: "Whether and how the build's provenance is attested.",
  },
  sbom: { type: ["string", "boolean"], description: "Whether a list of the image's contents is attached." },
  pull: flag("Look for newer base images every time."),
  target: text("The stage to build; the last one by default."),
  shm_size: number("Size of /dev/shm during the build."),
  extra_hosts: EXTRA_HOSTS,
  isolation: text("Isolation technique (Windows)."),
  privileged: flag("Build with extended privileges."),
  secrets: grants("secret"),
  tags: texts("Names the image gets besides `image`."),
  ulimits: ULIMITS,
  platforms: texts("Platforms to build for, such as `linux/arm64`."),
});

/** `build`: a context, or all about the build. */
export const BUILD: Schema = oneOf(
  "Builds the service's image from a Dockerfile: the context's directory, or a mapping with `context`, `dockerfile`, `args`, `target`, …",
  { type: "string" },
  BUILD_FORM,
);

/** `develop`: what `watch` does. */
export const DEVELOP: Schema = optional(
  mapping("What happens to the running service when its source changes.", {
    watch: list(
      "Paths to watch and what to do when they change.",
      mapping(
        "A watched path.",
        {
          path: text("File or directory, relative to the project."),
          action: text("What a change causes.", ["rebuild", "sync", "restart", "sync+restart", "sync+exec"]),
          target: text("Where files are synchronised to in the container."),
          ignore: textOrTexts("Patterns of files that do not count."),
          include: textOrTexts("Patterns of the only files that count."),
          initial_sync: flag("Synchronise everything once at the start."),
          exec: mapping(
            "Command run in the container after a synchronisation.",
            {
              command: textOrTexts("The command."),
              user: text("Who runs it."),
              privileged: flag("Run with extended privileges."),
              working_dir: text("Where it runs."),
              environment: pairs("Its environment."),
            },
            ["command"],
          ),
        },
        ["path", "action"],
      ),
    ),
  }),
);
