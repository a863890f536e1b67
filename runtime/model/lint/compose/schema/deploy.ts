import {
  flag,
  integer,
  list,
  mapping,
  number,
  optional,
  pairs,
  type Schema,
  text,
  textOrTexts,
  texts,
} from "./shape.ts";

const UPDATE: Schema = {
  parallelism: integer("How many containers at a time; 0 means all."),
  delay: text("Time between two groups."),
  failure_action: text("What a failed update causes."),
  monitor: text("How long a new container is watched for failure."),
  max_failure_ratio: number("Share of failures that is tolerated."),
  order: text("Whether the new container starts before the old one stops.", ["start-first", "stop-first"]),
};

const DEVICE_REQUEST: Schema = mapping("A request for devices.", {
  capabilities: texts("What the device must offer, for example `gpu`."),
  count: { type: ["string", "integer"], description: "How many; `all` for every one." },
  device_ids: texts("Which ones, by id. Excludes `count`."),
  driver: text("Driver that provides them."),
  options: pairs("Options for the driver."),
});

/** Devices a service asks for. */
export const DEVICE_REQUESTS: Schema = list("Devices the container needs.", DEVICE_REQUEST);

/** `gpus`: all, or which. */
export const GPUS: Schema = {
  description: "GPUs of the host for the container: `all`, or a list of requests.",
  oneOf: [{ type: "string", enum: ["all"] }, DEVICE_REQUESTS],
};

const GENERIC_RESOURCES: Schema = list("Resources of the user's own kinds.", {
  type: "object",
  properties: {
    discrete_resource_spec: mapping("A countable resource.", {
      kind: text("Its kind."),
      value: number("How many."),
    }),
  },
});

/** `deploy`: replicas, resources and updates. */
export const DEPLOY: Schema = optional(
  mapping("How the service is deployed: replicas, resources, restarts, updates.", {
    mode: textMode(),
    endpoint_mode: text("How clients find the replicas: one virtual address (`vip`) or DNS (`dnsrr`)."),
    replicas: integer("How many containers run."),
    labels: pairs("Labels of the service (not of its containers)."),
    rollback_config: mapping("How a failed update is undone.", UPDATE),
    update_config: mapping("How containers are replaced.", UPDATE),
    resources: mapping("Limits, and what is set aside.", {
      limits: mapping("The most a container may use.", {
        cpus: number("CPUs, as a fraction: `0.5` is half of one."),
        memory: text("Memory, for example `512M`."),
        pids: integer("Number of processes."),
      }),
      reservations: mapping("What a container is guaranteed.", {
        cpus: number("CPUs, as a fraction."),
        memory: text("Memory, for example `128M`."),
        generic_resources: GENERIC_RESOURCES,
        devices: DEVICE_REQUESTS,
      }),
    }),
    restart_policy: mapping("When a stopped container is started again.", {
      condition: text("When to restart.", ["none", "on-failure", "any"]),
      delay: text("Time before a restart."),
      max_attempts: integer("How often to try."),
      window: text("How long a container must run to count as started."),
    }),
    placement: mapping("On which hosts containers run.", {
      constraints: texts("What a host must fulfil."),
      preferences: list(
        "What is preferred.",
        mapping("A preference.", { spread: text("Spread over the values of this label.") }),
      ),
      max_replicas_per_node: integer("The most on one host."),
    }),
  }),
);

function textMode(): Schema {
  return text(
    "One container per host (`global`) or a number of them (`replicated`); the job modes run to completion.",
    ["global", "replicated", "replicated-job", "global-job"],
  );
}

/** `healthcheck`: how the engine finds out that the service works. */
export const HEALTHCHECK: Schema = mapping(
  "A command the engine runs in the container to learn whether the service works. `depends_on` can wait for it.",
  {
    disable: flag("Switch off the image's own check."),
    test: textOrTexts('`["CMD", program, …]`, `["CMD-SHELL", line]`, a line for the shell, or `["NONE"]`.'),
    interval: text("Time between two checks, for example `30s`."),
    timeout: text("How long one check may take."),
    retries: number("Failures in a row after which the container is unhealthy."),
    start_period: text("Time to start in which failures do not count."),
    start_interval: text("Time between two checks while starting."),
  },
);

/** A command run at a point of a container's life. */
export const HOOKS: Schema = list(
  "Commands run in the container at this point.",
  mapping(
    "A command.",
    {
      command: textOrTexts("The command."),
      user: text("Who runs it."),
      privileged: flag("Run with extended privileges."),
      working_dir: text("Where it runs."),
      environment: pairs("Its environment."),
    },
    ["command"],
  ),
);
