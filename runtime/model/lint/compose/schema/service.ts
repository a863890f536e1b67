import { BUILD, DEVELOP, EXTRA_HOSTS, grants, ULIMITS } from "./build.ts";
import { DEPLOY, GPUS, HEALTHCHECK, HOOKS } from "./deploy.ts";
import { BLKIO, DEPENDS_ON, files, PORTS, SERVICE_NETWORKS, SERVICE_VOLUMES } from "./mounts.ts";
import {
  flag,
  integer,
  list,
  mapping,
  named,
  number,
  oneOf,
  optional,
  pairs,
  type Schema,
  text,
  textLike,
  textOrTexts,
  texts,
} from "./shape.ts";

const MAIN: Schema = {
  image: text(
    "The image containers are made from, for example `nginx:1.27`. With `build`, the name the built image gets.",
  ),
  build: BUILD,
  container_name: text("Fixed name of the container. A service with one cannot have several replicas."),
  command: {
    description: "Replaces the image's CMD: a line or a list of words.",
    type: ["string", "array", "null"],
    items: { type: "string" },
  },
  entrypoint: {
    description: "Replaces the image's ENTRYPOINT: a line or a list of words.",
    type: ["string", "array", "null"],
    items: { type: "string" },
  },
  environment: pairs(
    "Environment variables: a mapping, or a list of `NAME=value`. A name alone takes the value of the shell.",
  ),
  env_file: files("Files with environment variables, one `NAME=value` per line. `environment` wins."),
  ports: PORTS,
  expose: texts("Ports other services use; nothing is published on the host."),
  volumes: SERVICE_VOLUMES,
  networks: SERVICE_NETWORKS,
  depends_on: DEPENDS_ON,
  healthcheck: HEALTHCHECK,
  restart: textLike("When the engine starts a stopped container again.", [
    "no",
    "always",
    "on-failure",
    "unless-stopped",
  ]),
  tty: flag("Give the container a terminal (`docker run -t`)."),
  stdin_open: flag("Keep standard input open (`docker run -i`)."),
  working_dir: text("Directory the command runs in."),
  user: text("Who runs the command: `name`, `uid` or `uid:gid`."),
  labels: pairs("Labels of the containers."),
  label_file: textOrTexts("Files with labels."),
  profiles: texts(
    "The service starts only when one of these profiles is active; without profiles it always does.",
  ),
  extends: oneOf(
    "Takes over the configuration of another service, of this file or another.",
    { type: "string" },
    mapping(
      "Where the service stands.",
      { service: text("Its name."), file: text("Its file; this one by default.") },
      ["service"],
    ),
  ),
  deploy: DEPLOY,
  scale: integer("How many containers run."),
  secrets: grants("secret"),
  configs: grants("config"),
  logging: mapping("How output is kept.", {
    driver: text("Logging driver: `json-file`, `none`, …"),
    options: { type: "object", description: "Options of the driver, for example `max-size`." },
  }),
  pull_policy: textLike("When the image is pulled.", [
    "always",
    "never",
    "missing",
    "build",
    "daily",
    "weekly",
  ]),
  platform: text("Platform of the image, for example `linux/arm64`."),
  init: flag("Run a small init process that forwards signals and reaps processes."),
};

const LIFE: Schema = {
  annotations: pairs("Annotations of the container."),
  attach: flag("Whether `up` shows the service's output."),
  develop: DEVELOP,
  external_links: texts("Links to containers outside the project."),
  links: texts("Links to other services, `service:alias`. Networks do this by themselves."),
  post_start: HOOKS,
  pre_stop: HOOKS,
  provider: mapping("A program outside the engine that provides the service.", {
    type: text("Its kind."),
    options: { type: "object", description: "Its options." },
  }),
  pull_refresh_after: text("Age after which the image is pulled again."),
  stop_grace_period: text("Time between the stop signal and the kill, 10s by default."),
  stop_signal: text("Signal that stops the service, SIGTERM by default."),
  storage_opt: { type: "object", description: "Options of the storage driver, for example `size`." },
  models: {
    description: "Language models the service uses.",
    oneOf: [
      { type: "array", items: { type: "string" } },
      named(
        "The models, by name.",
        optional(
          mapping("How the service learns of the model.", {
            endpoint_var: text("Environment variable that gets the model's address."),
            model_var: text("Environment variable that gets the model's name."),
          }),
        ),
      ),
    ],
  },
  use_api_socket: flag("Mount the engine's socket into the container."),
};

const NETWORKING: Schema = {
  dns: textOrTexts("DNS servers."),
  dns_opt: texts("Options for the resolver."),
  dns_search: textOrTexts("Domains searched for short names."),
  domainname: text("Domain name of the container."),
  extra_hosts: EXTRA_HOSTS,
  hostname: text("Host name of the container."),
  mac_address: text("MAC address of the container."),
  network_mode: textLike("Instead of networks: `none`, `host`, `service:NAME` or `container:NAME`.", [
    "none",
    "host",
    "bridge",
  ]),
};

const ISOLATION: Schema = {
  cap_add: texts("Linux capabilities to add."),
  cap_drop: texts("Linux capabilities to take away; `ALL` for all."),
  cgroup: text("Cgroup namespace.", ["host", "private"]),
  cgroup_parent: text("Cgroup above the container's."),
  credential_spec: mapping("Credentials of a Windows service account.", {
    config: text("Name of a config."),
    file: text("A file."),
    registry: text("A registry value."),
  }),
  device_cgroup_rules: texts("Rules of the device cgroup."),
  devices: list("Devices of the host, `/dev/x:/dev/x:rwm`.", {
    oneOf: [
      { type: "string" },
      mapping(
        "A device.",
        {
          source: text("Path on the host."),
          target: text("Path in the container."),
          permissions: text("`r`, `w`, `m`."),
        },
        ["source"],
      ),
    ],
  }),
  group_add: texts("Further groups of the user."),
  ipc: textLike("IPC namespace.", ["private", "shareable", "host", "none"]),
  isolation: text("Isolation technique (Windows)."),
  pid: {
    type: ["string", "null"],
    description: "PID namespace: `host`, `service:NAME` or `container:NAME`.",
  },
  privileged: flag("All rights of the host. Almost never needed: add capabilities instead."),
  read_only: flag("The container's own file system cannot be written to."),
  runtime: text("OCI runtime that runs the container."),
  security_opt: texts("Security options: `no-new-privileges`, `seccomp=…`."),
  sysctls: pairs("Kernel parameters."),
  tmpfs: textOrTexts("Memory file systems, by path in the container."),
  ulimits: ULIMITS,
  userns_mode: text("User namespace."),
  uts: text("UTS namespace."),
  volumes_from: texts("Mount the volumes of another service."),
};

const RESOURCES: Schema = {
  blkio_config: BLKIO,
  cpu_count: integer("Number of CPUs (Windows)."),
  cpu_percent: integer("Share of CPU (Windows)."),
  cpu_shares: number("Weight against other containers, 1024 by default."),
  cpu_quota: number("Microseconds of CPU in each period."),
  cpu_period: number("Length of the period in microseconds."),
  cpu_rt_period: number("Period for real-time tasks."),
  cpu_rt_runtime: number("CPU time for real-time tasks."),
  cpus: number("CPUs, as a fraction: `0.5` is half of one."),
  cpuset: text("Which CPUs, for example `0-3`."),
  gpus: GPUS,
  mem_limit: number("The most memory, for example `512m`."),
  mem_reservation: number("Memory the container keeps when it gets scarce."),
  mem_swappiness: integer("Inclination to swap, 0 to 100."),
  memswap_limit: number("Memory and swap together; -1 for no limit."),
  oom_kill_disable: flag("Never kill for lack of memory."),
  oom_score_adj: integer("Inclination to be killed for lack of memory, -1000 to 1000."),
  pids_limit: integer("The most processes; -1 for no limit."),
  shm_size: number("Size of /dev/shm, 64m by default."),
};

/** A service: what its containers are made from and how they run. */
export const SERVICE: Schema = mapping("A service: what its containers are made from and how they run.", {
  ...MAIN,
  ...LIFE,
  ...NETWORKING,
  ...ISOLATION,
  ...RESOURCES,
});
